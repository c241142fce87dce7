//! Processes killed at random while they publish: nothing corrupt, nothing acknowledged lost,
//! nothing left over.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use chatsignal_core::artifact::ModelKind;
use chatsignal_native::registry::{ModelRegistry, Publication, ServedVersion};
use chatsignal_tests::cases;
use chatsignal_tests::models::stumps;

const KIND: ModelKind = ModelKind::Churn;
const FOLDER: &str = "CHATSIGNAL_TEST_KILL_FOLDER";
const FIRST: &str = "CHATSIGNAL_TEST_KILL_FIRST";

/// The process that is killed: publishes and activates one model after another and acknowledges
/// each on its output.
#[test]
#[ignore = "run by the tests below as a process of its own"]
fn publisher() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let first: u32 = std::env::var(FIRST).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let registry = ModelRegistry::open(Path::new(&folder)).expect("opens after any kill");
    for seed in first.. {
        let bytes = stumps(seed).encode();
        let files = vec![("card.md".to_owned(), vec![b'x'; 20_000])];
        let version = registry
            .publish("acme", KIND, &Publication { model: &bytes, files })
            .expect("publishes");
        println!("published {version} {seed}");
        registry.activate("acme", KIND, version).expect("activates");
        println!("activated {version} {seed}");
        std::io::stdout().flush().expect("the reader lives");
    }
}

/// A small generator for the instants of the kills.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Kills in folders of 50 kills each: every check reads every version.
fn kill_repeatedly(kills: u32) {
    let mut random = 7;
    let steps: usize = (0..kills)
        .step_by(50)
        .map(|from| kill_in_one_folder(50.min(kills - from), &mut random))
        .sum();
    println!("{kills} kills, {steps} steps acknowledged");
    assert!(steps > 0, "no step was acknowledged: the kills come too early to test anything");
}

/// Returns the number of acknowledged steps.
fn kill_in_one_folder(kills: u32, random: &mut u64) -> usize {
    let dir = tempfile::tempdir().expect("a folder");
    let mut published: BTreeMap<u32, u32> = BTreeMap::new();
    let mut activated = 0;
    let mut acknowledged = 0;
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "registry_kill::publisher", "--ignored", "--nocapture"])
            .env(FOLDER, dir.path())
            .env(FIRST, (kill * 10_000).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_millis(5 + next(random) % 60));
        child.kill().expect("is killed");
        child.wait().expect("has ended");
        let output = child.stdout.take().expect("piped");
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [.., step, version, seed] = words[..] else { continue };
            let (Ok(version), Ok(seed)) = (version.parse(), seed.parse()) else { continue };
            acknowledged += 1;
            match step {
                "published" => _ = published.insert(version, seed),
                "activated" => activated = version,
                _ => {}
            }
        }
        check(dir.path(), &published, activated);
    }
    acknowledged
}

/// What must hold after every kill.
fn check(root: &Path, published: &BTreeMap<u32, u32>, activated: u32) {
    let registry = ModelRegistry::open(root).expect("opens after any kill");
    let list = registry.list("acme", KIND).expect("lists");
    for version in &list {
        version.manifest.as_ref().expect("no version is corrupt");
        registry.get("acme", KIND, version.version).expect("no version is corrupt");
    }
    for (version, seed) in published {
        let found = registry.get("acme", KIND, *version).expect("nothing acknowledged is lost");
        assert_eq!(found.artifact, stumps(*seed));
    }
    if activated > 0 {
        let served = registry.champion("acme", KIND).expect("serves");
        assert_eq!(served.warnings, []);
        let ServedVersion::Version(champion) = served.version else { panic!("no champion") };
        assert!(champion >= activated, "an acknowledged activation is lost");
    }
    let shelf = root.join("acme/churn");
    let left = fs::read_dir(shelf.join("staging")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "a half-written file is left after opening");
    let folders = fs::read_dir(shelf.join("versions")).map_or(0, Iterator::count);
    assert_eq!(folders, list.len(), "a folder that is no version");
}

#[test]
fn a_killed_publisher_loses_nothing() {
    kill_repeatedly(20);
}

#[test]
#[ignore = "long: `cargo xtask verify` runs it with CHATSIGNAL_CASES=1000"]
fn registry_kill() {
    kill_repeatedly(cases(1_000).min(1_000));
}
