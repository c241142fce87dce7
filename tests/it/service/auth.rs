//! Keys, scopes, tenants: the matrix of every route that asks for a key.

use chatsignal_core::id::ContactId;
use chatsignal_native::service::Scope;
use chatsignal_native::store::{KeyText, Store};
use serde_json::{Value, json};

use super::support::{App, Workspace, block_on, code_of, operations, paths};

/// Scope that an operation asks for, where it asks for a key.
fn scope_of(operation: &Value) -> Option<Scope> {
    let security = operation.get("security")?.as_array()?;
    let open = security.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty));
    let name = security.iter().find_map(|way| way["key"].as_array()?.first()?.as_str());
    if open { None } else { Scope::from_name(name?) }
}

async fn status(app: &App, method: &str, path: &str, key: Option<&str>) -> (u16, Value) {
    let bearer = key.map(|key| format!("Bearer {key}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let answer = app.call(method, path, &headers, "{}").await;
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status.as_u16(), body)
}

#[test]
fn every_guarded_route_refuses_whom_it_must() {
    let workspace = Workspace::simulated();
    let app = workspace.app();
    block_on(async {
        let document = app.get("/openapi.json").await.json();
        let keys: Vec<(Scope, String)> = Scope::ALL
            .into_iter()
            .map(|scope| (scope, workspace.key("default", &[scope])))
            .collect();
        let revoked = workspace.key("default", &Scope::ALL);
        let mut store = Store::open(&workspace.db).expect("a store");
        let tenant = store.tenant("default").expect("a tenant").id;
        let (id, _) = KeyText::parse(&revoked).expect("a key");
        assert!(
            store.revoke_key(tenant, id, chatsignal_core::time::TimestampMs(2)).expect("revokes")
        );
        let app = workspace.app();
        let flipped = flip_last(&keys[0].1);
        let wrong = [
            None,
            Some(revoked.as_str()),
            Some(flipped.as_str()),
            Some(
                "cs_000000000000_0000000000000000000000000000000000000000000000000000000000000000",
            ),
            Some("password"),
            Some(""),
        ];
        let mut guarded = 0;
        for (method, path, operation) in operations(&document) {
            let Some(scope) = scope_of(&operation) else { continue };
            guarded += 1;
            let path = paths(&path).remove(0);
            for key in wrong {
                let (status, body) = status(&app, &method, &path, key).await;
                assert_eq!(
                    (status, code_of(&body)),
                    (401, &json!("unauthorized")),
                    "{method} {path} {key:?}"
                );
            }
            for (held, key) in &keys {
                let (status, body) = status(&app, &method, &path, Some(key)).await;
                if *held == scope {
                    assert!(!matches!(status, 401 | 403), "{method} {path} with {held:?}: {body}");
                } else {
                    assert_eq!(
                        (status, code_of(&body)),
                        (403, &json!("forbidden")),
                        "{method} {path} with {held:?}"
                    );
                }
            }
        }
        assert!(guarded >= 45, "{guarded} routes ask for a key");
    });
}

fn flip_last(key: &str) -> String {
    let last = if key.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &key[..key.len() - 1])
}

#[test]
fn a_key_sees_its_own_tenant_alone() {
    let workspace = Workspace::simulated();
    let own = format!("Bearer {}", workspace.key("default", &[Scope::Score]));
    let other = format!("Bearer {}", workspace.key("other", &[Scope::Score]));
    let mut contacts = workspace.events.iter().map(|event| event.contact_id);
    let contact = contacts.find(|id| *id != ContactId::BUSINESS).expect("a contact");
    let app = workspace.app();
    block_on(async {
        for (path, field) in [
            ("/api/v1/ml/models/lead-scoring/predict", "lead_id"),
            ("/api/v1/ml/models/churn-prediction/predict", "customer_id"),
            ("/api/v1/ml/models/engagement-prediction/predict", "contact_id"),
            ("/api/v1/ml/models/engagement-prediction/optimal-time", "contact_id"),
        ] {
            let body = json!({ field: contact.to_string() }).to_string();
            let headers = |key| [("content-type", "application/json"), ("authorization", key)];
            let mine = app.call("POST", path, &headers(&own), body.clone()).await;
            assert_eq!(mine.status, 200, "{path}: {}", String::from_utf8_lossy(&mine.body));
            assert_eq!(mine.json()["model"]["version"], "1");
            let theirs = app.call("POST", path, &headers(&other), body).await;
            assert_eq!(theirs.code(), "not_found", "{path}");
            // Neither the other tenant's models.
            let features = app.call("POST", path, &headers(&other), r#"{"features":{}}"#).await;
            assert_eq!(features.json()["model"]["version"], "prior", "{path}");
        }
    });
}

#[test]
fn a_key_once_made_is_needed_for_good() {
    let workspace = Workspace::empty();
    let path = "/api/v1/ml/models/lead-scoring/feature-importance";
    block_on(async {
        assert_eq!(workspace.app().get(path).await.status, 200);
        let key = workspace.key("default", &[Scope::Score]);
        assert_eq!(workspace.app().get(path).await.code(), "unauthorized");
        let mut store = Store::open(&workspace.db).expect("a store");
        let tenant = store.tenant("default").expect("a tenant").id;
        let (id, _) = KeyText::parse(&key).expect("a key");
        store.revoke_key(tenant, id, chatsignal_core::time::TimestampMs(2)).expect("revokes");
        // The last key was revoked: the service does not open itself.
        let answer = workspace.app().get(path).await;
        assert_eq!(answer.code(), "unauthorized");
        assert!(answer.headers.contains_key("www-authenticate"));
    });
}

#[test]
fn keys_are_made_listed_and_revoked_on_the_command_line() {
    use crate::cli::{chatsignal, json as cli_json, run};
    let workspace = Workspace::empty();
    let db = workspace.db.as_path();
    let (code, key, stderr) =
        run(chatsignal(db).args(["keys", "create", "--scope", "score,train", "--label", "shop"]));
    assert_eq!(code, 0, "{stderr}");
    let (id, _) = KeyText::parse(key.trim()).expect("the key alone on standard output");
    let list = cli_json(chatsignal(db).args(["keys", "list", "--format", "json"]));
    assert_eq!(list[0]["key_id"], id);
    assert_eq!((&list[0]["scopes"], &list[0]["label"]), (&json!("score train"), &json!("shop")));
    assert!(!list.to_string().contains(&key.trim()[16..]), "the secret is not listed");
    assert_eq!(run(chatsignal(db).args(["keys", "revoke", id])).0, 0);
    assert_eq!(run(chatsignal(db).args(["keys", "revoke", id])).0, 5);
    assert_eq!(run(chatsignal(db).args(["keys", "create", "--scope", "root"])).0, 2);
}
