//! A screen without a monitor, and the built `waxwing` on it, used with keys and the mouse like a person would.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;

use crate::keyring::Session;
use crate::picture::Picture;
use crate::process::{Process, within};
use crate::repository;

/// The size of the screen and of the window on it.
pub const SIZE: (u32, u32) = (1280, 800);

/// An X server of its own (Xvfb), without a window manager.
pub struct Screen {
    // Ended before its directory goes.
    server: Process,
    display: String,
    directory: TempDir,
}

impl Screen {
    /// Starts the X server on a display that it finds free itself.
    pub fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("waxwing-screen-").tempdir().expect("a directory");
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", &format!("{}x{}x24", SIZE.0, SIZE.1)]);
        command.args(["-nolisten", "tcp", "-noreset", "-fbdir"]).arg(directory.path());
        let server = Process::start("xvfb", directory.path(), &command);
        let mut display = String::new();
        within(Duration::from_secs(20), || {
            display = server.output().trim().to_owned();
            !display.is_empty() || !server.is_running()
        });
        assert!(!display.is_empty(), "Xvfb doesn't start:\n{}", server.errors());
        Self { server, display: format!(":{display}"), directory }
    }

    /// What `DISPLAY` is for programs on it.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Whether the X server is still there.
    pub fn is_running(&self) -> bool {
        self.server.is_running()
    }

    /// What is on it now.
    pub fn pixels(&self) -> Picture {
        Picture::read(&self.directory.path().join("Xvfb_screen0"))
    }

    /// Runs one xdotool command and gives what it says; `None` if it fails.
    pub fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let output = self.run("xdotool", arguments);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Takes a picture of the whole screen into `target/screens/NAME.png`.
    pub fn picture(&self, name: &str) -> PathBuf {
        let directory = repository::target().join("screens");
        fs::create_dir_all(&directory).expect("target/screens");
        let path = directory.join(format!("{name}.png"));
        let output = self.run("import", &["-window", "root", &path.display().to_string()]);
        assert!(output.status.success(), "import: {}", String::from_utf8_lossy(&output.stderr));
        path
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).env("DISPLAY", &self.display);
        command.output().unwrap_or_else(|error| panic!("{program}: {error}"))
    }
}

/// How Waxwing is started.
pub struct Start {
    profile: PathBuf,
    /// `None`: as it was left.
    size: Option<(u32, u32)>,
    theme: &'static str,
    home: Option<PathBuf>,
    bus: String,
    more: Vec<OsString>,
}

impl Start {
    /// On that profile, in light colours and as large as the screen, in a session without a bus, so that nobody's
    /// keyring is touched.
    pub fn new(profile: &Path) -> Self {
        let bus = "unix:path=/nonexistent/bus".to_owned();
        Self {
            profile: profile.to_owned(),
            size: Some(SIZE),
            theme: "light",
            home: None,
            bus,
            more: Vec::new(),
        }
    }

    /// Trusts the authority in that PEM file.
    #[must_use]
    pub fn trusting(mut self, authority: &Path) -> Self {
        self.more.extend(["--ca".into(), authority.into()]);
        self
    }

    /// With a window of that size, at most the screen's.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    /// As large as its window was left.
    #[must_use]
    pub fn as_it_was_left(mut self) -> Self {
        self.size = None;
        self
    }

    /// For a person whose files are there, and whose programs are those in `bin` first.
    #[must_use]
    pub fn at_home(mut self, home: &Path) -> Self {
        self.home = Some(home.to_owned());
        self
    }

    /// In dark colours.
    #[must_use]
    pub fn dark(mut self) -> Self {
        self.theme = "dark";
        self
    }

    /// In that session, with its keyring.
    #[must_use]
    pub fn within(mut self, session: &Session) -> Self {
        self.bus = session.bus();
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn with(mut self, more: &[&str]) -> Self {
        self.more.extend(more.iter().map(OsString::from));
        self
    }

    /// The program, ready to be started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(repository::binary("waxwing"));
        command.arg("--profile").arg(&self.profile).args(["--theme", self.theme]);
        if let Some((width, height)) = self.size {
            command.args(["--size", &format!("{width}x{height}")]);
        }
        command.args(&self.more);
        if let Some(home) = &self.home {
            command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
            let usual = std::env::var_os("PATH").unwrap_or_default();
            let all = std::iter::once(home.join("bin")).chain(std::env::split_paths(&usual));
            command.env("PATH", std::env::join_paths(all).expect("folders without a colon"));
        }
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command
    }

    /// Starts it on a screen of its own and waits for its window.
    pub fn open(&self) -> Window {
        // The files of what it says stand beside the profile, which holds only what Waxwing puts there.
        let beside = self.profile.parent().expect("a profile in a directory of the test's own");
        Window::of("waxwing", beside, &mut self.command())
    }
}

/// A window, as a rule Waxwing's, on a screen of its own. Dropping it ends both.
pub struct Window {
    // Ended before the screen it is on.
    program: Process,
    screen: Screen,
    id: String,
}

impl Window {
    /// Starts Waxwing on `profile`, trusting the authority in that PEM file, and waits for its window.
    pub fn open(profile: &Path, authority: &Path, more: &[&str]) -> Self {
        Start::new(profile).trusting(authority).with(more).open()
    }

    /// Starts any program, on a screen of its own, and waits for its window. What it says goes to files in
    /// `directory`.
    pub fn of(name: &str, directory: &Path, command: &mut Command) -> Self {
        let screen = Screen::start();
        command.env("DISPLAY", screen.display()).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        let program = Process::start(name, directory, command);
        let id = window_of(&screen, &program);
        // Without a window manager nobody else gives it the keyboard.
        screen.xdotool(&["windowfocus", "--sync", &id]).expect("the window takes the keyboard");
        Self { program, screen, id }
    }

    /// The screen it is on.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Presses and releases keys, such as `Return`, `ctrl+a`, `j`.
    pub fn keys(&self, keys: &[&str]) {
        let mut arguments = vec!["key", "--delay", "30"];
        arguments.extend_from_slice(keys);
        self.screen.xdotool(&arguments).expect("keys are pressed");
    }

    /// Types a text, letter by letter.
    pub fn type_text(&self, text: &str) {
        self.screen.xdotool(&["type", "--delay", "15", "--", text]).expect("a text is typed");
    }

    /// Moves the pointer there and clicks, in pixels from the window's top left corner.
    pub fn click(&self, x: u32, y: u32) {
        self.point_at(x, y);
        self.screen.xdotool(&["click", "1"]).expect("a click");
    }

    /// Moves the pointer there, in pixels from the window's top left corner.
    pub fn point_at(&self, x: u32, y: u32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.screen.xdotool(&["mousemove", "--window", &self.id, &x, &y]).expect("the pointer moves");
    }

    /// Turns the wheel, down by `steps`, or up if negative.
    pub fn scroll(&self, steps: i32) {
        let button = if steps < 0 { "4" } else { "5" };
        let repeat = steps.unsigned_abs().to_string();
        self.screen
            .xdotool(&["click", "--repeat", &repeat, "--delay", "10", button])
            .expect("the wheel turns");
    }

    /// What is on the screen now.
    pub fn pixels(&self) -> Picture {
        self.screen.pixels()
    }

    /// Makes it so large, as a person does at its edge.
    pub fn resize(&self, width: u32, height: u32) {
        let (width, height) = (width.to_string(), height.to_string());
        self.screen.xdotool(&["windowsize", &self.id, &width, &height]).expect("the window is resized");
    }

    /// How large it is.
    pub fn size(&self) -> (u32, u32) {
        let said = self.screen.xdotool(&["getwindowgeometry", "--shell", &self.id]).unwrap_or_default();
        let number = |name: &str| {
            let value = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse().ok()).unwrap_or_default()
        };
        (number("WIDTH"), number("HEIGHT"))
    }

    /// The window's title.
    pub fn title(&self) -> String {
        self.screen.xdotool(&["getwindowname", &self.id]).unwrap_or_default()
    }

    /// The titles of all windows on its screen, by what names them.
    pub fn windows(&self) -> Vec<(String, String)> {
        let all = self.screen.xdotool(&["search", "--onlyvisible", "--name", "."]).unwrap_or_default();
        let title = |id: &str| self.screen.xdotool(&["getwindowname", id]);
        all.lines().filter_map(|id| Some((id.to_owned(), title(id)?))).collect()
    }

    /// Waits for another window with that title and gives it the keyboard.
    pub fn other(&self, title: &str) -> String {
        let mut found = None;
        within(Duration::from_secs(20), || {
            let others = self.windows().into_iter().filter(|(id, _)| *id != self.id);
            found = others.filter(|(_, called)| called == title).map(|(id, _)| id).next();
            found.is_some()
        });
        let id = found.unwrap_or_else(|| panic!("no window is called {title}: {:?}", self.windows()));
        self.screen.xdotool(&["windowfocus", "--sync", &id]).expect("the window takes the keyboard");
        id
    }

    /// Gives the first window the keyboard.
    pub fn focus(&self) {
        self.screen.xdotool(&["windowfocus", "--sync", &self.id]).expect("the window takes the keyboard");
    }

    /// Takes a picture into `target/screens/NAME.png`.
    pub fn picture(&self, name: &str) -> PathBuf {
        self.screen.picture(name)
    }

    /// Whether the program is still there.
    pub fn is_running(&self) -> bool {
        self.program.is_running()
    }

    /// What the program has written to its standard error.
    pub fn errors(&self) -> String {
        self.program.errors()
    }

    /// Memory in KiB: its own and its share of what it shares with others (PSS).
    pub fn memory(&self) -> u64 {
        proportional_memory(self.program.pid())
    }

    /// Processor time used so far, by all its threads.
    pub fn processor_time(&self) -> Duration {
        processor_time(self.program.pid())
    }

    /// Ends the program at once, as kill -9 does.
    pub fn kill(&mut self) {
        self.program.kill();
    }
}

/// A process's PSS in KiB (proc(5), `smaps_rollup`).
pub fn proportional_memory(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("a running process of ours");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a Pss line");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

/// A process's user and system time (proc(5), `stat`), in steps of 10 ms.
pub fn processor_time(pid: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process of ours");
    let (_, rest) = text.rsplit_once(')').expect("a name in parentheses");
    // utime and stime are fields 14 and 15; after the name the first is field 3.
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// Waits for the program's window.
fn window_of(screen: &Screen, program: &Process) -> String {
    let mut id = None;
    within(Duration::from_secs(30), || {
        let found = screen.xdotool(&["search", "--onlyvisible", "--name", "."]);
        id = found.and_then(|ids| ids.lines().next().map(str::to_owned)).filter(|id| !id.is_empty());
        id.is_some() || !program.is_running()
    });
    id.unwrap_or_else(|| {
        panic!("no window appears; the program says:\n{}{}", program.output(), program.errors())
    })
}
