//! A directory on a disk that forgets: what a program there wrote and did not sync is gone, in whole or in part, once
//! it is killed. `forgetful.c` keeps the account of what was synced; here is what a crash leaves of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::repository::{root, target};

/// What is written at once or not at all: a sector.
const SECTOR: usize = 512;

/// What happens to a program that works on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Lives,
    /// It is killed before its so-manieth call that writes, syncs, makes or removes.
    KilledAt(u64),
    /// From that call on so many fail, with that errno.
    Fails { at: u64, times: u64, errno: i32 },
}

/// Errors of disks, by number.
pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;

/// A directory, and the account of what is durable in it.
pub struct ForgetfulDisk {
    home: TempDir,
}

/// What is under a name: an inode, and whether it is a directory.
type Entry = (u64, bool);

/// What survives of what was never synced: nothing, or what chance leaves.
struct Survivors(Option<u64>);

impl Survivors {
    fn has_another(&mut self) -> bool {
        let Some(state) = &mut self.0 else { return false };
        // SplitMix64.
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) & 1 == 1
    }
}

impl ForgetfulDisk {
    /// An empty one, in memory where there is a place for files.
    pub fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        builder.prefix("waxwing-forgetful-");
        let home = builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).expect("a directory");
        let disk = Self { home };
        fs::create_dir(disk.live()).expect("a directory");
        fs::write(disk.home.path().join("calls"), [0; 8]).expect("a file");
        disk.all_is_durable();
        disk
    }

    /// One that holds a durable copy of a directory under its own name.
    pub fn holding(directory: &Path) -> Self {
        let disk = Self::new();
        copy(directory, &disk.live().join(directory.file_name().expect("a name")));
        disk.all_is_durable();
        disk
    }

    /// What a program sees. Its own name is durable.
    pub fn live(&self) -> PathBuf {
        self.home.path().canonicalize().expect("a directory").join("live")
    }

    fn image(&self) -> PathBuf {
        self.home.path().canonicalize().expect("a directory").join("image")
    }

    /// Makes a program work on this disk.
    pub fn under(&self, command: &mut Command, fate: Fate) {
        let (kill, fail, times, errno) = match fate {
            Fate::Lives => (0, 0, 0, 0),
            Fate::KilledAt(at) => (at, 0, 0, 0),
            Fate::Fails { at, times, errno } => (0, at, times, errno),
        };
        fs::write(self.home.path().join("calls"), [0; 8]).expect("a file");
        command
            .env("LD_PRELOAD", library())
            .env("FORGETFUL_LIVE", self.live())
            .env("FORGETFUL_IMAGE", self.image())
            .env("FORGETFUL_CALLS", self.home.path().join("calls"))
            .env("FORGETFUL_KILL_AT", kill.to_string())
            .env("FORGETFUL_FAIL_AT", fail.to_string())
            .env("FORGETFUL_FAIL_FOR", times.to_string())
            .env("FORGETFUL_ERROR", errno.to_string());
    }

    /// How many calls the last program made that write, sync, make or remove.
    pub fn calls(&self) -> u64 {
        let bytes = fs::read(self.home.path().join("calls")).expect("a file");
        u64::from_ne_bytes(bytes.try_into().expect("eight bytes"))
    }

    /// The power fails: of what was not synced nothing is left, or with a seed any part of it. No program may be at
    /// work there any more.
    pub fn crash(&self, survivors: Option<u64>) {
        let after = self.home.path().join("after");
        let inode = fs::metadata(self.live()).expect("a directory").ino();
        self.rebuild(inode, Some(&self.live()), &after, &mut Survivors(survivors));
        fs::remove_dir_all(self.live()).expect("it can be removed");
        fs::rename(&after, self.live()).expect("it can be renamed");
        self.all_is_durable();
    }

    /// Makes the account of what is there now.
    fn all_is_durable(&self) {
        // What is gone already is as good as removed.
        let _ = fs::remove_dir_all(self.image());
        for part in ["links", "synced", "names"] {
            fs::create_dir_all(self.image().join(part)).expect("a directory");
        }
        self.account(&self.live());
    }

    fn account(&self, directory: &Path) {
        let mut names = String::new();
        for (name, (inode, is_directory)) in entries(directory) {
            let path = directory.join(&name);
            names.push_str(&format!("{} {inode} {name}\n", if is_directory { 'd' } else { 'f' }));
            if is_directory {
                self.account(&path);
            } else {
                let number = inode.to_string();
                fs::hard_link(&path, self.image().join("links").join(&number)).expect("a link");
                fs::copy(&path, self.image().join("synced").join(&number)).expect("a copy");
            }
        }
        let inode = fs::metadata(directory).expect("a directory").ino();
        fs::write(self.image().join("names").join(inode.to_string()), names).expect("a file");
    }

    fn rebuild(&self, inode: u64, live: Option<&Path>, after: &Path, survivors: &mut Survivors) {
        fs::create_dir(after).expect("a directory");
        let durable = self.durable_names(inode);
        let current = live.map(entries).unwrap_or_default();
        let names: BTreeSet<&String> = durable.keys().chain(current.keys()).collect();
        for name in names {
            let (before, now) = (durable.get(name), current.get(name));
            let stays_new = before != now && survivors.has_another();
            let chosen = if stays_new { now } else { before };
            let Some((inode, is_directory)) = chosen else { continue };
            let path = after.join(name);
            if *is_directory {
                let live = live.map(|live| live.join(name)).filter(|live| {
                    fs::metadata(live).is_ok_and(|about| about.is_dir() && about.ino() == *inode)
                });
                self.rebuild(*inode, live.as_deref(), &path, survivors);
            } else {
                fs::write(&path, self.content(*inode, survivors)).expect("a file");
            }
        }
    }

    fn durable_names(&self, inode: u64) -> BTreeMap<String, Entry> {
        // A directory that was never synced has no names that last.
        let text = fs::read_to_string(self.image().join("names").join(inode.to_string())).unwrap_or_default();
        text.lines()
            .map(|line| {
                let mut words = line.splitn(3, ' ');
                let (kind, inode) = (words.next() == Some("d"), words.next().expect("an inode"));
                (words.next().expect("a name").to_owned(), (inode.parse().expect("a number"), kind))
            })
            .collect()
    }

    fn content(&self, inode: u64, survivors: &mut Survivors) -> Vec<u8> {
        let number = inode.to_string();
        // What was never synced is an empty file.
        let durable = fs::read(self.image().join("synced").join(&number)).unwrap_or_default();
        let live = fs::read(self.image().join("links").join(&number)).unwrap_or_default();
        let mut left = durable.clone();
        if live.len() < durable.len() && survivors.has_another() {
            left.truncate(live.len());
        }
        for (place, sector) in live.chunks(SECTOR).enumerate() {
            let start = place * SECTOR;
            let end = start + sector.len();
            if durable.get(start..end) != Some(sector) && survivors.has_another() {
                if left.len() < end {
                    left.resize(end, 0);
                }
                left[start..end].copy_from_slice(sector);
            }
        }
        left
    }
}

impl Default for ForgetfulDisk {
    fn default() -> Self {
        Self::new()
    }
}

fn entries(directory: &Path) -> BTreeMap<String, Entry> {
    let all = fs::read_dir(directory).expect("a directory");
    all.flatten()
        .map(|entry| {
            let about = entry.metadata().expect("it is there");
            (entry.file_name().into_string().expect("a name of ours"), (about.ino(), about.is_dir()))
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a directory");
    for (name, (_, is_directory)) in entries(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if is_directory {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// The library, compiled once per run.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let (made, whole) =
            (target().join(format!("forgetful-{}.so", std::process::id())), target().join("forgetful.so"));
        let compiled = Command::new("cc")
            .args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&made)
            .arg(root().join("tests/support/forgetful.c"))
            .args(["-ldl", "-lpthread"])
            .output()
            .expect("cc starts");
        let said = String::from_utf8_lossy(&compiled.stderr).into_owned();
        // A failure is shown whole, whatever shows it.
        std::io::stderr().write_all(said.as_bytes()).expect("somebody listens");
        assert!(compiled.status.success(), "forgetful.c can't be compiled: {said}");
        File::open(&made).expect("it was made");
        fs::rename(&made, &whole).expect("it can be renamed");
        whole
    })
}
