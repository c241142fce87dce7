//! What the system gives the service: files, disk, clock, limits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{Report, Status};
use crate::cli::clock;
use crate::service::Config;

/// Free disk below which writing soon fails, bytes.
const DISK_BROKEN: u64 = 64 << 20;
/// Free disk below which it is time to act, bytes.
const DISK_LOW: u64 = 1 << 30;
/// Memory below which training and batches have no room, bytes.
const MEMORY_LOW: u64 = 256 << 20;
/// Open files beside connections: database, log, models, epoll.
const FILES_BESIDE: u64 = 128;
/// A clock before this has never been set (2025-01-01), milliseconds.
const CLOCK_MIN_MS: i64 = 1_735_689_600_000;

pub(super) fn check(config: &Config, report: &mut Report) {
    let clock = clock::now();
    let set = clock.0 >= CLOCK_MIN_MS;
    let status = if set { Status::Ok } else { Status::Broken };
    report.add("system clock", status, clock::utc(clock), "set this machine's clock");
    writable(&config.db, report);
    #[cfg(unix)]
    unix(config, report);
    #[cfg(target_os = "linux")]
    linux(config, report);
}

/// Whether files can be made beside the database: its log of changes needs that.
fn writable(db: &Path, report: &mut Report) {
    let folder = folder_of(db);
    let probe = folder.join(format!(".chatsignal-doctor-{}", std::process::id()));
    let outcome = fs::File::create_new(&probe).and_then(|_| fs::remove_file(&probe));
    let (status, found) = match outcome {
        Ok(()) => (Status::Ok, format!("{} can be written", folder.display())),
        Err(error) => (Status::Broken, format!("{}: {error}", folder.display())),
    };
    report.add("folder", status, found, "let the service's user own the folder");
}

fn folder_of(db: &Path) -> PathBuf {
    match db.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(unix)]
fn unix(config: &Config, report: &mut Report) {
    permissions(&config.db, report);
    let Ok(space) = rustix::fs::statvfs(folder_of(&config.db)) else { return };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let status = match free {
        0..DISK_BROKEN => Status::Broken,
        DISK_BROKEN..DISK_LOW => Status::Warning,
        _ => Status::Ok,
    };
    let found = format!("{} MiB free", free >> 20);
    report.add(
        "disk",
        status,
        found,
        "make room: scoring goes on with a full disk, writing does not",
    );
    // Every connection is a file, and SQLite has three for each of its own.
    let needed = config.connections_max as u64 + 3 * config.db_connections as u64 + FILES_BESIDE;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let found = match limit {
        Some(limit) => format!("{limit} allowed, {needed} needed"),
        None => "no limit".to_owned(),
    };
    let few = limit.is_some_and(|limit| limit < needed);
    report.warn_if(few, "open files", found, "raise LimitNOFILE, or lower connections_max");
}

/// Whether others can read what the service keeps.
#[cfg(unix)]
fn permissions(db: &Path, report: &mut Report) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    let with = |suffix: &str| {
        let mut name = db.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    for path in [db.to_owned(), with("-wal"), with("-shm")] {
        match mode(&path) {
            Ok(mode) => {
                let status = match mode {
                    mode if mode & 0o007 != 0 => Status::Broken,
                    mode if mode & 0o070 != 0 => Status::Warning,
                    _ => Status::Ok,
                };
                let found = format!("{}: {mode:03o}", path.display());
                report.add("permissions", status, found, "chmod 600, and UMask=0077 in the unit");
            }
            // The files beside it come and go.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let found = format!("{}: {error}", path.display());
                report.add("permissions", Status::Broken, found, "let the service's user own it");
            }
        }
    }
}

/// Limits of the control group (systemd, containers).
#[cfg(target_os = "linux")]
fn linux(config: &Config, report: &mut Report) {
    let limit = |name: &str| -> Option<u64> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
        let folder = Path::new("/sys/fs/cgroup").join(own.trim_start_matches('/'));
        // A limit may stand at any level above; the nearest one that is set is told.
        folder.ancestors().find_map(|level| {
            let text = fs::read_to_string(level.join(name)).ok()?;
            text.split_whitespace().next()?.parse().ok()
        })
    };
    if let Some(bytes) = limit("memory.max") {
        let found = format!("{} MiB", bytes >> 20);
        report.warn_if(bytes < MEMORY_LOW, "memory limit", found, "raise MemoryMax");
    }
    if let Some(tasks) = limit("pids.max") {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if config.threads == 0 { cores } else { config.threads };
        // Work that waits has threads of its own, one for each place; batches take turns, one for each
        // processor.
        let places = config.score_concurrency + cores + config.io_concurrency;
        let needed = threads as u64 + places.min(512) as u64;
        let found = format!("{tasks} allowed, up to {needed} threads");
        report.warn_if(tasks < needed, "tasks", found, "raise TasksMax");
    }
}
