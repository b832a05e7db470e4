//! Waxwing's window in an internet of one mail server: every name below `example.test` that begins with `imap.` leads to a port
//! of this computer, and DNS knows that the domain exists. For tests of the first run as a person has it, with nothing typed but
//! name, address and password. A program of its own: the one that is shipped can't be led astray like this.
//!
//! `window_in_a_small_internet PROFILE ROOTS PORT`
#![allow(clippy::unwrap_used, reason = "it serves tests")]

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use iced::Size;
use tokio::net::TcpStream;
use waxwing_core::net::{Bytes, Dns, Exchange, NoRecord, Road, Service, Target, Trust};
use waxwing_core::{Engine, EngineOptions};
use waxwing_desktop::app::{self, Options};
use waxwing_desktop::platform;
use waxwing_desktop::theme::Choice;

const DOMAIN: &str = "example.test";

/// Where the one server is.
#[derive(Clone, Copy)]
struct Internet {
    port: u16,
}

impl Road for Internet {
    fn go(&self, target: &Target) -> BoxFuture<'static, io::Result<Box<dyn Bytes>>> {
        let is_there = target.host == format!("imap.{DOMAIN}");
        let (port, is_imap) = (self.port, target.port == 993);
        async move {
            match (is_there, is_imap) {
                (false, _) => Err(io::ErrorKind::NotFound.into()),
                (true, false) => Err(io::ErrorKind::ConnectionRefused.into()),
                (true, true) => {
                    Ok(Box::new(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?) as Box<dyn Bytes>)
                }
            }
        }
        .boxed()
    }

    fn dns(&self) -> Option<Arc<dyn Dns>> {
        Some(Arc::new(*self))
    }
}

impl Dns for Internet {
    fn services(&self, _name: &str) -> BoxFuture<'static, Result<Vec<Service>, NoRecord>> {
        std::future::ready(Err(NoRecord::NoSuchName)).boxed()
    }

    fn exchanges(&self, domain: &str) -> BoxFuture<'static, Result<Vec<Exchange>, NoRecord>> {
        let answer = if domain == DOMAIN { NoRecord::NoneOfThisKind } else { NoRecord::NoSuchName };
        std::future::ready(Err(answer)).boxed()
    }
}

fn main() -> iced::Result {
    let mut arguments = std::env::args().skip(1);
    let profile = PathBuf::from(arguments.next().unwrap());
    let roots = std::fs::read(arguments.next().unwrap()).unwrap();
    let roots = waxwing_core::roots_of_pem(&roots).unwrap();
    let port = arguments.next().unwrap().parse().unwrap();
    platform::make_profile(&profile).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let start = move |options: EngineOptions| {
        let trust = Trust::new(&roots)?.on(Arc::new(Internet { port }));
        Engine::start_on(&handle, trust, &options.data_dir, options.vault)
    };
    app::run(Options {
        profile,
        demo: false,
        extra_roots: None,
        size: Size::new(1280.0, 800.0),
        theme: Choice::Light,
        instance: None,
        start_engine: Arc::new(start),
    })
}
