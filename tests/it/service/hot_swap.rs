//! Models, keys and settings that change while the service runs.

use std::time::Duration;

use chatsignal_native::service::{Scope, Server};
use chatsignal_native::store::Store;
use chatsignal_tests::models;

use super::sockets::http;
use super::support::{Workspace, block_on};

const PREDICT: &str = "/api/v1/ml/models/lead-scoring/predict";

/// Asks until the answer satisfies, at most five seconds.
async fn until(mut satisfied: impl FnMut() -> bool) -> bool {
    for _ in 0..100 {
        if satisfied() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[test]
fn a_new_champion_scores_without_a_restart_and_no_request_is_lost() {
    let workspace = Workspace::simulated();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        let load = std::thread::spawn(move || {
            let mut versions = Vec::new();
            for _ in 0..400 {
                let (status, body) = http(address, "POST", PREDICT, "", r#"{"features":{}}"#);
                assert_eq!(status, 200, "{body}");
                let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
                versions.push(answer["model"]["version"].as_str().expect("a version").to_owned());
                std::thread::sleep(Duration::from_millis(2));
            }
            versions
        });
        for base_rate in [0.1, 0.2, 0.4] {
            tokio::time::sleep(Duration::from_millis(150)).await;
            workspace
                .publish(&chatsignal_core::artifact::ModelArtifact { base_rate, ..models::lead() });
        }
        let versions = tokio::task::spawn_blocking(move || load.join())
            .await
            .expect("joins")
            .expect("no request failed");
        assert_eq!(versions.first().map(String::as_str), Some("1"));
        assert_eq!(versions.last().map(String::as_str), Some("4"), "{versions:?}");
        assert!(versions.is_sorted(), "no request goes back to an older model");
        assert!(server.stop().await);
    });
}

#[test]
fn keys_made_and_revoked_elsewhere_hold_within_a_moment() {
    let workspace = Workspace::empty();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        let status = move |key: &str| {
            let header = if key.is_empty() {
                String::new()
            } else {
                format!("authorization: Bearer {key}\r\n")
            };
            http(address, "POST", PREDICT, &header, r#"{"features":{}}"#).0
        };
        assert_eq!(status(""), 200);
        let key = workspace.key("default", &[Scope::Score]);
        assert!(until(|| status("") == 401).await, "the key is needed now");
        assert_eq!(status(&key), 200);
        let mut store = Store::open(&workspace.db).expect("a store");
        let tenant = store.tenant("default").expect("a tenant").id;
        let id = key[3..15].to_owned();
        assert!(
            store.revoke_key(tenant, &id, chatsignal_core::time::TimestampMs(9)).expect("revokes")
        );
        assert!(until(|| status(&key) == 401).await, "the key is useless now");
        assert!(server.stop().await);
    });
}
