//! The registry of models: versions, aliases, damage, and processes killed while publishing.

use std::fs;
use std::path::{Path, PathBuf};

use chatsignal_core::artifact::ModelKind;
use chatsignal_native::registry::{
    Alias, Aliases, ModelRegistry, Publication, RegistryError, RegistryWarning, ServedVersion,
};
use chatsignal_tests::models::stumps;

const KIND: ModelKind = ModelKind::Churn;

fn publish(registry: &ModelRegistry, seed: u32) -> u32 {
    let bytes = stumps(seed).encode();
    let files = vec![("card.md".to_owned(), b"# card\n".to_vec())];
    registry
        .publish("acme", KIND, &Publication { model: &bytes, files })
        .expect("a valid model is published")
}

fn activated(dir: &Path, seeds: &[u32]) -> ModelRegistry {
    let registry = ModelRegistry::open(dir).expect("opens");
    for seed in seeds {
        let version = publish(&registry, *seed);
        registry.activate("acme", KIND, version).expect("an intact version is activated");
    }
    registry
}

#[test]
fn versions_are_numbered_activated_and_rolled_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let registry = activated(dir.path(), &[1, 2]);
    assert_eq!(publish(&registry, 1), 1, "equal bytes are the version that they were");
    let served = registry.champion("acme", KIND).expect("serves");
    assert_eq!((served.version, served.alias), (ServedVersion::Version(2), Some(Alias::Champion)));
    assert_eq!(served.artifact, stumps(2));
    assert_eq!(served.warnings, []);

    let back = registry.rollback("acme", KIND).expect("there was a champion before");
    assert_eq!(back, Aliases { champion: Some(1), challenger: None, previous: Some(2) });
    assert_eq!(registry.champion("acme", KIND).expect("serves").artifact, stumps(1));
    registry.rollback("acme", KIND).expect("undoes the first");
    assert_eq!(registry.champion("acme", KIND).expect("serves").artifact, stumps(2));

    let list = registry.list("acme", KIND).expect("lists");
    let summary: Vec<_> = list.iter().map(|v| (v.version, v.aliases.clone())).collect();
    assert_eq!(summary, [(1, vec![Alias::Previous]), (2, vec![Alias::Champion])]);
    assert_eq!(registry.read_file("acme", KIND, 1, "card.md").expect("a card"), b"# card\n");
}

#[test]
fn the_first_champion_goes_back_to_the_shipped_model_and_comes_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let registry = activated(dir.path(), &[1]);
    let serving = || registry.champion("acme", KIND).map(|served| (served.version, served.alias));
    let shipped = Aliases { champion: None, challenger: None, previous: Some(1) };
    assert_eq!(registry.rollback("acme", KIND).expect("to the shipped model"), shipped);
    assert_eq!(serving().expect("serves"), (ServedVersion::Prior, None));
    let again = registry.rollback("acme", KIND).expect("undoes the first");
    assert_eq!(again, Aliases { champion: Some(1), challenger: None, previous: None });
    assert_eq!(serving().expect("serves"), (ServedVersion::Version(1), Some(Alias::Champion)));
    let named = registry.activate("acme", KIND, ServedVersion::Prior).expect("by its name");
    assert_eq!(named, shipped);
}

#[test]
fn a_text_names_one_version() {
    for version in [ServedVersion::Prior, ServedVersion::Version(1), ServedVersion::Version(70)] {
        assert_eq!(version.to_string().parse(), Ok(version));
    }
    for text in ["", "0", "01", "+1", "-1", " 1", "Prior", "previous", "4294967296"] {
        assert!(text.parse::<ServedVersion>().is_err(), "{text}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let registry = activated(dir.path(), &[1]);
    let no_version = registry.activate("acme", KIND, 7);
    assert!(
        matches!(no_version, Err(RegistryError::NoVersion { version: 7, known }) if known == [1])
    );
    let never = registry.rollback("other", KIND);
    assert!(matches!(never, Err(RegistryError::NoPrevious("churn"))));
    assert!(registry.list("other", KIND).expect("another tenant sees nothing").is_empty());
    let bytes = stumps(3).encode();
    let wrong =
        registry.publish("acme", ModelKind::Lead, &Publication { model: &bytes, files: vec![] });
    assert!(matches!(wrong, Err(RegistryError::WrongKind { .. })));
    for name in ["../x", "model.csm", "", "A", ".hidden"] {
        let files = vec![(name.to_owned(), vec![])];
        let refused = registry.publish("acme", KIND, &Publication { model: &bytes, files });
        assert!(matches!(refused, Err(RegistryError::FileName(_))), "{name}");
    }
    let cut = registry.publish("acme", KIND, &Publication { model: &bytes[..40], files: vec![] });
    assert!(matches!(cut, Err(RegistryError::Invalid(_))));
    assert_eq!(registry.list("acme", KIND).expect("lists").len(), 1);
}

fn version_dir(root: &Path, version: u32) -> PathBuf {
    let versions = root.join("acme/churn/versions");
    let prefix = format!("{version:06}-");
    let found = fs::read_dir(&versions)
        .expect("the folder of versions")
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    found.expect("the version's folder").path()
}

/// Every byte of the champion's model and manifest flipped, and every length cut: never served,
/// never a panic; the version before it serves instead, and the damage is told.
#[test]
fn a_damaged_champion_falls_back_to_the_one_before() {
    let dir = tempfile::tempdir().expect("a folder");
    let registry = activated(dir.path(), &[1, 2]);
    for name in ["model.csm", "manifest.json"] {
        let path = version_dir(dir.path(), 2).join(name);
        let whole = fs::read(&path).expect("a file of the version");
        let flips = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            bytes
        });
        let cuts = (0..whole.len()).step_by(7).map(|length| whole[..length].to_vec());
        for bytes in flips.chain(cuts) {
            fs::write(&path, &bytes).expect("the damage");
            let served = registry.champion("acme", KIND).expect("serves the version before");
            // A flip that leaves the JSON's meaning as it was (a space to a tab) is no damage.
            if name == "manifest.json" && served.alias == Some(Alias::Champion) {
                assert_eq!(served.artifact, stumps(2));
                continue;
            }
            assert_eq!(served.alias, Some(Alias::Previous));
            assert_eq!(served.artifact, stumps(1));
            let told = RegistryWarning::Damaged {
                alias: Alias::Champion,
                version: 2,
                reason: match &served.warnings[..] {
                    [RegistryWarning::Damaged { reason, .. }] => reason.clone(),
                    other => panic!("{other:?}"),
                },
            };
            assert_eq!(served.warnings, [told]);
            assert!(registry.activate("acme", KIND, 2).is_err(), "damaged is not activated");
        }
        fs::write(&path, &whole).expect("restored");
    }
    assert_eq!(registry.champion("acme", KIND).expect("serves").warnings, []);
}

#[test]
fn damaged_aliases_are_told_and_mended_by_activation() {
    let dir = tempfile::tempdir().expect("a folder");
    let registry = activated(dir.path(), &[1, 2]);
    registry.rollback("acme", KIND).expect("champion is version 1");
    let path = dir.path().join("acme/churn/aliases.json");
    let whole = fs::read(&path).expect("aliases");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).expect("the damage");
        let served = registry.champion("acme", KIND).expect("serves");
        match &served.warnings[..] {
            [] => assert_eq!(served.artifact, stumps(1), "byte {at}"),
            [RegistryWarning::AliasesDamaged { .. }] => assert_eq!(served.artifact, stumps(2)),
            other => panic!("{other:?}"),
        }
    }
    fs::write(&path, b"{").expect("the damage");
    registry.activate("acme", KIND, 1).expect("mends");
    assert_eq!(registry.champion("acme", KIND).expect("serves").artifact, stumps(1));
}

#[test]
fn readers_never_see_half_a_version_while_another_publishes() {
    let dir = tempfile::tempdir().expect("a folder");
    let registry = activated(dir.path(), &[0]);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2u32)
            .map(|writer| {
                let registry = &registry;
                scope.spawn(move || {
                    for step in 0..10 {
                        let version = publish(registry, 100 * (writer + 1) + step);
                        registry.activate("acme", KIND, version).expect("activates");
                    }
                })
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            let served = registry.champion("acme", KIND).expect("serves");
            assert_eq!(served.warnings, []);
            assert_eq!(served.alias, Some(Alias::Champion));
        }
    });
    let list = registry.list("acme", KIND).expect("lists");
    assert_eq!(list.len(), 21);
    assert!(list.iter().all(|version| version.manifest.is_ok()));
}
