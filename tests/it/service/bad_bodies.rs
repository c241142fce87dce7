//! Every POST route against bodies that are wrong: a typed answer of the 4xx, never a 5xx, and none
//! that takes long.

use std::time::{Duration, Instant};

use serde_json::json;

use super::support::{Workspace, block_on, operations, paths};

/// Wrong for every route.
pub fn bodies() -> Vec<Vec<u8>> {
    let deep = "[".repeat(100_000);
    let objects = "{\"features\":".repeat(50_000);
    let million = format!("{{\"leads\":[{}1]}}", "1,".repeat(999_999));
    let long_key = format!("{{\"{}\":1}}", "k".repeat(1_000_000));
    let long_text = json!({ "text": "x".repeat(3_000_000) }).to_string();
    [
        "",
        " ",
        "null",
        "true",
        "0",
        "-1e309",
        "\"text\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{]",
        "{\"features\"}",
        "{\"features\":{}",
        "{'features':{}}",
        "{\"features\":{\"a\":NaN}}",
        "{\"features\":{\"a\":Infinity}}",
        "{\"features\":{\"a\":1e999}}",
        "{\"features\":{\"a\":1e308}}",
        "{\"features\":{\"inbound_msgs_30d\":1e308}}",
        "{\"features\":{\"inbound_msgs_30d\":-1e308}}",
        "{\"features\":{\"inbound_msgs_30d\":\"5\"}}",
        "{\"features\":{\"inbound_msgs_30d\":{}}}",
        "{\"features\":{\"inbound_msgs_30d\":1,\"inbound_msgs_30d\":2}}",
        "{\"features\":{},\"features\":{}}",
        "{\"features\":{},\"lead_data\":{}}",
        "{\"features\":[]}",
        "{\"features\":null}",
        "{\"unknown\":1}",
        "{\"__proto__\":{},\"constructor\":{}}",
        "{\"lead_id\":\"\\ud800\"}",
        "{\"lead_id\":\"\\u0000\"}",
        "{\"lead_id\":\"\",\"contact_id\":\"\",\"customer_id\":\"\"}",
        "{\"leads\":{}}",
        "{\"leads\":[",
        "{\"events\":[]}",
        "{\"events\":[{}]}",
        "{\"events\":[{\"v\":1,\"type\":\"csat\",\"contact_id\":\"a\",\"occurred_at_ms\":1e308,\"data\":{}}]}",
        "{\"as_of\":\"yesterday\"}",
        "{\"as_of\":\"9999-12-31T23:59:59Z\"}",
        "{\"as_of\":1e308}",
        "\u{feff}{}",
        "{} trailing",
        "--boundary\r\n\r\n",
        "a=1&b=2",
        "{\"text\":\"\"}",
        "{\"texts\":[]}",
        "{\"texts\":null,\"items\":null}",
        "{\"items\":[{}]}",
        "{\"messages\":[{\"role\":\"customer\"}]}",
        "{\"audio_url\":\"http://127.0.0.1/\"}",
        "{\"audio_base64\":\"\"}",
        "{\"q\":[],\"source\":\"en\",\"target\":\"es\"}",
        "<xml/>",
        &deep,
        &objects,
        &million,
        &long_key,
        &long_text,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into_iter()
    .chain([b"\xff\xfe{}".to_vec(), b"{\"lead_id\":\"\xc3\x28\"}".to_vec(), vec![0; 64]])
    .collect()
}

#[test]
fn no_body_makes_a_route_fail_on_our_side() {
    let app = Workspace::simulated().into_app();
    let bodies = bodies();
    assert!(bodies.len() >= 20);
    block_on(async {
        let document = app.get("/openapi.json").await.json();
        let mut posts = 0;
        for (method, path, _) in operations(&document) {
            if method != "POST" && method != "PATCH" {
                continue;
            }
            posts += 1;
            let paths = paths(&path);
            for (path, body) in paths.iter().flat_map(|path| bodies.iter().map(move |b| (path, b)))
            {
                let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
                let start = Instant::now();
                let headers = [("content-type", "application/json")];
                let answer = app.call(&method, path, &headers, body.clone()).await;
                let code = answer.code();
                assert!(answer.status.is_client_error(), "{path} {shown}: {code}");
                assert!(start.elapsed() < Duration::from_secs(2), "{path} {shown}");
                assert!(
                    answer.body.len() < 20_000,
                    "{path} {shown}: an answer of {} bytes",
                    answer.body.len()
                );
            }
        }
        assert!(posts >= 28, "{posts} routes take a body");
    });
}

#[test]
fn queries_and_paths_are_checked_too() {
    let app = Workspace::empty().into_app();
    block_on(async {
        let document = app.get("/openapi.json").await.json();
        for (method, path, _) in operations(&document) {
            let path = paths(&path).remove(0);
            for query in [
                "?explain=%ff",
                "?method=",
                "?detail=2",
                "?a[]=1",
                "?%00",
                "?explain=top&explain=full",
            ] {
                let headers = [("content-type", "application/json")];
                let answer = app.call(&method, &format!("{path}{query}"), &headers, "{}").await;
                let status = answer.status.as_u16();
                // Probes, metrics and the inference protocol look at no query.
                let fine = answer.status.is_client_error() || status == 200;
                assert!(fine, "{method} {path}{query}: {status}");
            }
        }
        for path in [
            "/api/v1/ml/models/lead-scoring/predict/",
            "//livez",
            "/api/v1/ml/models/%2e%2e/predict",
            "/%00",
        ] {
            assert_eq!(app.get(path).await.code(), "not_found", "{path}");
        }
    });
}
