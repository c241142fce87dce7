//! The Open Inference Protocol, and the forms of other people's protocols.

use chatsignal_core::feature::{CHURN, ENGAGEMENT, LEAD};
use serde_json::{Value, json};

use super::support::{App, Workspace, block_on};

fn infer(model: &str) -> String {
    format!("/v2/models/{model}/infer")
}

fn rows(width: usize, rows: usize) -> Value {
    json!({ "inputs": [{ "name": "features", "shape": [rows, width], "datatype": "FP32", "data": vec![Value::Null; rows * width] }] })
}

#[test]
fn servers_and_models_tell_about_themselves() {
    let workspace = Workspace::simulated();
    let app = workspace.app();
    block_on(async {
        assert_eq!(app.get("/v2").await.json()["name"], "chatsignal");
        assert_eq!(app.get("/v2/health/live").await.json()["live"], true);
        assert_eq!(app.get("/v2/health/ready").await.json()["ready"], true);
        for (model, width, value) in [
            ("lead", LEAD.len(), "score"),
            ("churn", CHURN.len(), "probability"),
            ("engagement", ENGAGEMENT.len(), "probability"),
        ] {
            let about = app.get(&format!("/v2/models/{model}")).await.json();
            assert_eq!(about["name"], model);
            assert_eq!(about["versions"], json!(["1", "prior"]));
            assert_eq!(about["inputs"][0]["shape"], json!([-1, width]));
            assert_eq!(about["outputs"][0]["name"], value);
            assert_eq!(app.get(&format!("/v2/models/{model}/versions/1")).await.json(), about);
            for path in [
                format!("/v2/models/{model}/ready"),
                format!("/v2/models/{model}/versions/prior/ready"),
            ] {
                assert_eq!(app.get(&path).await.json(), json!({ "name": model, "ready": true }));
            }
            for version in ["2", "0", "01", "+1", "champion", "..%2f1"] {
                let path = format!("/v2/models/{model}/versions/{version}/ready");
                assert_eq!(app.get(&path).await.code(), "not_found", "{path}");
            }
        }
        let answer = app.get("/v2/models/gpt").await;
        assert_eq!(answer.status, 404);
        assert!(answer.json()["error"].is_string(), "the protocol's form of an error");
        app.state.set_ready(false);
        assert_eq!(app.get("/v2/health/ready").await.status, 503);
    });
}

/// Prediction of one lead by the predict route.
async fn plain(app: &App, features: Value) -> Value {
    let body = json!({ "features": features }).to_string();
    app.post("/api/v1/ml/models/lead-scoring/predict?explain=full", body).await.json()
}

#[test]
fn rows_are_predicted_as_by_the_predict_route() {
    let workspace = Workspace::simulated();
    let app = workspace.app();
    block_on(async {
        let at = |name: &str| LEAD.iter().position(|spec| spec.name == name).expect("a feature");
        let mut data = vec![Value::Null; 2 * LEAD.len()];
        data[at("inbound_msgs_30d")] = json!(9);
        data[LEAD.len() + at("inbound_msgs_30d")] = json!(1);
        data[LEAD.len() + at("hours_since_last_inbound")] = json!(300.5);
        let first = plain(&app, json!({ "inbound_msgs_30d": 9 })).await;
        let second =
            plain(&app, json!({ "inbound_msgs_30d": 1, "hours_since_last_inbound": 300.5 })).await;
        let expected = json!([first["lead_score"], second["lead_score"]]);
        let flat = json!({ "id": "42", "parameters": { "x": 1 }, "inputs": [{ "name": "features", "shape": [2, LEAD.len()], "datatype": "FP64", "data": data, "parameters": {} }] });
        let found = app.post(&infer("lead"), flat.to_string()).await.json();
        assert_eq!(
            (&found["id"], &found["model_name"], &found["model_version"]),
            (&json!("42"), &json!("lead"), &json!("1"))
        );
        assert_eq!(
            found["outputs"][0],
            json!({ "name": "score", "shape": [2], "datatype": "FP64", "data": expected })
        );
        assert_eq!(found["outputs"][1]["data"], json!([first["margin"], second["margin"]]));
        assert_eq!(found["outputs"].as_array().map(Vec::len), Some(2));
        // Nested, by feature, and by version, it is the same.
        let nested: Vec<&[Value]> = data.chunks(LEAD.len()).collect();
        let nested = json!({ "inputs": [{ "name": "features", "shape": [2, LEAD.len()], "datatype": "FP32", "data": nested }] });
        let named = json!({ "inputs": [
            { "name": "inbound_msgs_30d", "shape": [2], "datatype": "FP32", "data": [9, 1] },
            { "name": "hours_since_last_inbound", "shape": [2, 1], "datatype": "FP64", "data": [[null], [300.5]] },
        ]});
        for body in [nested, named] {
            assert_eq!(
                app.post(&infer("lead"), body.to_string()).await.json()["outputs"],
                found["outputs"]
            );
        }
        let same = app.post("/v2/models/lead/versions/1/infer", flat.to_string()).await.json();
        assert_eq!(same["outputs"], found["outputs"]);
        let prior = app.post("/v2/models/lead/versions/prior/infer", flat.to_string()).await.json();
        assert_eq!(prior["model_version"], "prior");
        assert_ne!(prior["outputs"], found["outputs"]);
        // Contributions on request.
        let mut asked = flat.clone();
        asked["outputs"] = json!([{ "name": "contributions" }, { "name": "base_value" }]);
        let explained = app.post(&infer("lead"), asked.to_string()).await.json();
        assert_eq!(explained["outputs"][0]["shape"], json!([2, LEAD.len()]));
        assert_eq!(explained["outputs"][1]["data"], json!([first["base_value"]]));
        let shares = explained["outputs"][0]["data"].as_array().expect("numbers");
        let sum: f64 = shares[..LEAD.len()].iter().filter_map(Value::as_f64).sum();
        assert!(
            (first["base_value"].as_f64().expect("a number") + sum
                - first["margin"].as_f64().expect("a number"))
            .abs()
                < 1e-9
        );
        let most = rows(LEAD.len(), 1_000);
        assert_eq!(
            app.post(&infer("lead"), most.to_string()).await.json()["outputs"][0]["shape"],
            json!([1_000])
        );
        let none = rows(CHURN.len(), 0);
        assert_eq!(
            app.post(&infer("churn"), none.to_string()).await.json()["outputs"][0]["data"],
            json!([])
        );
    });
}

#[test]
fn bad_tensors_are_refused_in_the_form_of_the_protocol() {
    let app = Workspace::empty().into_app();
    let width = LEAD.len();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = rows(width, 1);
        change(&mut body);
        body
    };
    let input = |name: &'static str, value: Value| {
        with(&move |body| body["inputs"][0][name] = value.clone())
    };
    block_on(async {
        for body in [
            json!({}),
            json!({ "inputs": {} }),
            json!({ "inputs": [] }),
            json!({ "inputs": [1] }),
            json!({ "inputs": [{}] }),
            input("name", json!(5)),
            input("name", json!("input0")),
            input("shape", json!([])),
            input("shape", json!([1])),
            input("shape", json!([1, width + 1])),
            input("shape", json!([1, width, 1])),
            input("shape", json!([-1, width])),
            input("shape", json!([2, width])),
            input("shape", json!([u64::MAX, width])),
            input("shape", json!([1e30, width])),
            input("datatype", json!("BYTES")),
            input("datatype", json!("INT64")),
            input("datatype", Value::Null),
            input("data", json!("AAAA")),
            input("data", json!(["1"])),
            input("data", json!([true])),
            input("data", json!([{}])),
            input("data", json!([1])),
            input("data", json!(vec![1e308; width])),
            input("data", json!(vec![-1; width])),
            with(&|body| body["outputs"] = json!([{ "name": "logits" }])),
            with(&|body| body["outputs"] = json!([{}])),
            with(&|body| body["outputs"] = json!(vec![json!({ "name": "score" }); 5])),
            with(&|body| body["id"] = json!(7)),
            with(&|body| {
                let copy = body["inputs"][0].clone();
                body["inputs"].as_array_mut().expect("a list").push(copy);
            }),
            json!({ "inputs": vec![json!({ "name": "inbound_msgs_30d", "shape": [1], "datatype": "FP32", "data": [1] }); 2] }),
            json!({ "inputs": [{ "name": "inbound_msgs_30d", "shape": [1], "datatype": "FP32", "data": [1] }, { "name": "questions_30d", "shape": [2], "datatype": "FP32", "data": [1, 2] }] }),
        ] {
            let answer = app.post(&infer("lead"), body.to_string()).await;
            assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{body}: {}", answer.status);
            assert!(answer.json()["error"].is_string(), "{body}");
        }
        let many = app.post(&infer("lead"), rows(width, 1_001).to_string()).await;
        assert_eq!(many.code(), "batch_too_large");
    });
}

#[test]
fn other_peoples_routes_answer_in_other_peoples_forms() {
    let app = Workspace::empty().into_app();
    block_on(async {
        for path in ["/v1/audio/transcriptions", "/v1/audio/translations"] {
            let answer = app.post(path, "{}").await;
            assert_eq!(answer.status, 415);
            let error = &answer.json()["error"];
            assert_eq!(
                (&error["code"], &error["type"]),
                (&json!("unsupported_media_type"), &json!("invalid_request_error"))
            );
            assert!(error["message"].is_string());
        }
        for (method, path, status, code) in [
            ("POST", "/translate", 422, "missing_field"),
            ("POST", "/detect", 422, "missing_field"),
            ("GET", "/languages", 503, "engine_unavailable"),
        ] {
            let headers = [("content-type", "application/json")];
            let answer = app.call(method, path, &headers, "{}").await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{path}");
            assert!(answer.json()["error"].is_string());
        }
    });
}
