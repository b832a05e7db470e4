//! The Waxwing window.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use iced::Size;
use waxwing_core::Engine;
use waxwing_desktop::app::{self, Options};
use waxwing_desktop::kept::Keeper;
use waxwing_desktop::platform::instance::{self, Start};
use waxwing_desktop::platform::{self, certificates};
use waxwing_desktop::theme::Choice;

/// Reads your mail.
#[derive(Parser)]
#[command(name = "waxwing", version, about)]
struct Arguments {
    /// Keep everything in this folder instead of the usual one.
    #[arg(long, value_name = "DIR")]
    profile: Option<PathBuf>,
    /// Look around in a demo mailbox.
    #[arg(long)]
    demo: bool,
    /// Trust the certificates of this PEM file too, until the window is closed.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The window's size, such as 1280x800; as it was left, if it isn't said.
    #[arg(long, value_name = "WxH", value_parser = parse_size, hide = true)]
    size: Option<Size>,
    /// Write a mail: `mailto:ann@example.org`.
    #[arg(value_name = "MAILTO", value_parser = parse_link)]
    link: Option<String>,
    /// Light, dark, or as the system says.
    #[arg(long, value_enum, default_value_t, hide = true)]
    theme: Choice,
}

/// Of the first window there is.
const USUAL_SIZE: Size = Size::new(1280.0, 800.0);

fn parse_size(text: &str) -> Result<Size, String> {
    let parts = text.split_once('x').and_then(|(width, height)| {
        let (width, height): (u16, u16) = (width.parse().ok()?, height.parse().ok()?);
        (width > 0 && height > 0).then(|| Size::new(f32::from(width), f32::from(height)))
    });
    parts.ok_or_else(|| "write it as 1280x800".into())
}

fn parse_link(text: &str) -> Result<String, String> {
    let is_link = text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    is_link.then(|| text.to_owned()).ok_or_else(|| "write it as mailto:ann@example.org".into())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("WAXWING_LOG")
        // What winit warns of, such as a screen that names no size in millimetres, nobody can do anything about.
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,winit=error"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    // What a panic says may hold a piece of a mail: only the place is printed.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!(
            "waxwing: a mistake in the program, at {}",
            panic.location().map_or_else(String::new, ToString::to_string)
        );
    }));
    match open(arguments) {
        Ok(code) => code,
        Err(words) => {
            eprintln!("waxwing: {words}");
            ExitCode::FAILURE
        }
    }
}

fn open(arguments: Arguments) -> Result<ExitCode, String> {
    let extra_roots = arguments.ca.as_deref().map(read_roots).transpose()?;
    let mut options = Options {
        profile: PathBuf::new(),
        demo: arguments.demo,
        extra_roots,
        size: USUAL_SIZE,
        theme: arguments.theme,
        instance: None,
        keeper: None,
        link: arguments.link,
        start_engine: Arc::new(Engine::start),
    };
    if !options.demo && !take_profile(arguments.profile, &mut options)? {
        return Ok(ExitCode::SUCCESS);
    }
    let left = options.keeper.as_ref().and_then(|keeper| keeper.kept().size);
    options.size = arguments.size.or(left).unwrap_or(USUAL_SIZE);
    app::run(options).map_err(|error| format!("no window could be opened: {error}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the profile and takes hold of it. `false` if another window has it and was asked to come forward.
fn take_profile(wanted: Option<PathBuf>, options: &mut Options) -> Result<bool, String> {
    let profile = wanted
        .or_else(platform::default_profile)
        .ok_or("there is no place to keep mail in; name one with --profile")?;
    let about_profile = |error| format!("{} can't be used: {error}", profile.display());
    platform::make_profile(&profile).map_err(about_profile)?;
    match instance::start(&profile, options.link.as_deref()).map_err(about_profile)? {
        Start::First(instance) => {
            options.instance = Some(instance);
            options.keeper = Some(Keeper::read(&profile));
            options.profile = profile;
            Ok(true)
        }
        Start::HandedOver => Ok(false),
    }
}

fn read_roots(file: &Path) -> Result<(String, Vec<Vec<u8>>), String> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{name} can't be read: {error}"))?;
    let roots =
        certificates::from_pem(&text).ok_or_else(|| format!("{name} holds no certificates in PEM"))?;
    Ok((name, roots))
}
