//! What `deploy/` holds is what the program takes: the settings load, the unit is hardened, the
//! image runs without rights; and the doctor finds what is wrong with a deployment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chatsignal_native::service::Config;
use chatsignal_native::service::config::Layers;
use serde_json::Value;

use crate::cli;

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(deploy(name)).expect("the file is there")
}

fn settings() -> Config {
    let file = Some((deploy("chatsignal.toml"), text("chatsignal.toml")));
    let layers = Layers { file, ..Layers::default() };
    layers.config(|_| None).expect("the example is valid")
}

#[test]
fn the_example_settings_load() {
    let config = settings();
    assert!(config.listen.ip().is_loopback(), "a proxy with TLS stands before it");
    assert_eq!(config.allowed_hosts, ["scores.example.com"]);
    assert_eq!(config.db, Path::new("/var/lib/chatsignal/chatsignal.db"));
}

/// The lines of a unit: section, key, values in order.
fn unit(text: &str) -> BTreeMap<(String, String), Vec<String>> {
    let mut section = String::new();
    let mut lines: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let (key, value) = line.split_once('=').expect("key=value");
        lines.entry((section.clone(), key.to_owned())).or_default().push(value.to_owned());
    }
    lines
}

#[test]
fn the_unit_is_hardened_and_fits_the_settings() {
    let unit = unit(&text("chatsignal.service"));
    let of = |key: &str| {
        let values = unit.get(&("Service".to_owned(), key.to_owned()));
        values.and_then(|values| values.first()).cloned().unwrap_or_default()
    };
    for key in [
        "NoNewPrivileges",
        "DynamicUser",
        "ProtectHome",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectKernelTunables",
        "ProtectControlGroups",
        "RestrictNamespaces",
        "RestrictSUIDSGID",
        "LockPersonality",
        "MemoryDenyWriteExecute",
    ] {
        assert_eq!(of(key), "yes", "{key}");
    }
    assert_eq!(of("ProtectSystem"), "strict");
    assert_eq!((of("CapabilityBoundingSet"), of("AmbientCapabilities")), Default::default());
    assert_eq!((of("UMask").as_str(), of("StateDirectoryMode").as_str()), ("0077", "0700"));
    assert!(of("ExecStart").starts_with("/usr/local/bin/chatsignal serve --config "));
    let config = settings();
    let stop: u64 = of("TimeoutStopSec").parse().expect("seconds");
    assert!(stop > config.drain_timeout_ms.as_secs(), "requests in flight are waited for");
    let files: usize = of("LimitNOFILE").parse().expect("a number");
    assert!(files > 2 * config.connections_max);
    assert!(config.db.starts_with(Path::new("/var/lib").join(of("StateDirectory"))));
}

#[test]
fn systemd_has_nothing_to_say_about_the_unit() {
    let Ok(output) = std::process::Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=20"])
        .arg(deploy("chatsignal.service"))
        .output()
    else {
        eprintln!("skipped: no systemd-analyze on this machine");
        return;
    };
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "exposure above 2.0: {told}");
    assert!(!told.contains("Unknown key") && !told.contains("ignoring"), "{told}");
}

#[test]
fn the_image_is_built_from_the_lock_file_and_runs_without_rights() {
    let text = text("Dockerfile");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("FROM ")).count(), 2);
    assert!(lines.iter().any(|line| line.contains("cargo build --locked --release")));
    let last = lines.iter().rposition(|line| line.starts_with("FROM ")).expect("a stage");
    let user = lines[last..].iter().find_map(|line| line.strip_prefix("USER "));
    assert!(user.is_some_and(|user| !user.starts_with('0') && !user.contains("root")));
}

fn doctor(dir: &Path, settings: &str) -> (i32, Vec<Value>) {
    let file = dir.join("chatsignal.toml");
    fs::write(&file, settings).expect("written");
    let mut command = cli::chatsignal(&dir.join("unused.db"));
    command.env_remove("CHATSIGNAL_DB").args(["doctor", "--format", "json", "--config"]).arg(file);
    let (code, stdout, stderr) = cli::run(&mut command);
    let found: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    (code, found.as_array().expect("a list").clone())
}

fn status<'a>(found: &'a [Value], check: &str) -> &'a str {
    let row = found.iter().find(|row| row["check"] == check);
    row.and_then(|row| row["status"].as_str()).unwrap_or("not checked")
}

#[test]
fn the_doctor_tells_every_wrong_setting_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let (code, found) =
        doctor(dir.path(), "listen = \"here\"\nbody_byte_max = 5\nconnections_max = 0\n");
    assert_eq!(code, 1);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|row| row["status"] == "broken" && row["check"] == "config"));
}

#[test]
fn the_doctor_looks_over_a_deployment() {
    let dir = tempfile::tempdir().expect("a folder");
    let db = dir.path().join("c.db");
    let local = format!("db = \"{}\"\n", db.display());
    // Nothing is there yet.
    let (code, found) = doctor(dir.path(), &local);
    assert_eq!((code, status(&found, "database")), (0, "warning"));
    for check in ["folder", "disk", "open files", "system clock", "listen", "allowed hosts"] {
        assert_ne!(status(&found, check), "not checked", "{check}");
    }
    let public =
        format!("{local}listen = \"0.0.0.0:80\"\nallowed_hosts = [\"x.example.com\", \"*\"]\n");
    let (code, found) = doctor(dir.path(), &public);
    assert_eq!(
        (code, status(&found, "database")),
        (1, "broken"),
        "public, and no key can be there"
    );

    let (code, ..) = cli::run(cli::chatsignal(&db).args(["keys", "create", "--scope", "score"]));
    assert_eq!(code, 0);
    let (_, found) = doctor(dir.path(), &public);
    assert_eq!(status(&found, "keys"), "ok");
    assert_eq!(status(&found, "listen"), "warning", "keys would travel in the clear");
    assert_eq!(status(&found, "allowed hosts"), "warning");
    assert_eq!(status(&found, "permissions"), "ok", "the database is its owner's alone");
    assert_eq!(status(&found, "database"), "ok");
    assert_eq!(status(&found, "model lead"), "warning", "the shipped one");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&db, fs::Permissions::from_mode(0o644)).expect("changed");
        let (code, found) = doctor(dir.path(), &local);
        assert_eq!((code, status(&found, "permissions")), (1, "broken"));
    }
    let (code, _, stderr) =
        cli::run(cli::chatsignal(&db).args(["doctor", "--config", "/nonexistent.toml"]));
    assert_eq!(code, 5, "{stderr}");
}
