//! A sign-in in the browser under way, until there is a grant.

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Duration, timeout};
use zeroize::Zeroizing;

use super::clock::Clock;
use super::news::News;
use crate::command::Ticket;
use crate::error::{Error, ErrorKind, NOBODY_CAME_BACK};
use crate::event::Event;
use crate::model::{BrowserWay, OAuthClient, OAuthEndpoints, Secret};
use crate::net::{Loopback, Trust};
use crate::oauth::{Answer, Device, Grant, Round};

/// For the person to agree. Who takes longer has gone away.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

const HEADING: &str = "You are signed in";
const TEXT: &str = "You can close this page and go back to your mail.";
const NOT_HEADING: &str = "That did not work";
const NOT_TEXT: &str = "Go back to your mail: it says what happened.";
const STRAY_HEADING: &str = "Nothing to do here";
const STRAY_TEXT: &str = "This page ends a sign-in that was begun in a mail program.";

/// What is wanted, and who is told.
pub(super) struct Browsing {
    pub(super) ticket: Ticket,
    pub(super) client: OAuthClient,
    pub(super) endpoints: OAuthEndpoints,
    /// Whose mail it is about: the page may fill it in.
    pub(super) address: String,
    pub(super) trust: Trust,
    pub(super) news: News,
    /// Addresses that the app was called with.
    pub(super) returns: UnboundedReceiver<Secret>,
}

impl Browsing {
    /// Has the person agree.
    pub(super) async fn run(mut self) -> Result<Grant, Error> {
        let late = Error::note(ErrorKind::TimedOut, NOBODY_CAME_BACK);
        let way = self.client.way.clone();
        let grant = async {
            match way {
                BrowserWay::Loopback => self.by_loopback().await,
                BrowserWay::App(address) => self.by_app(&address).await,
                BrowserWay::Device => self.by_code().await,
            }
        };
        timeout(PATIENCE, grant).await.unwrap_or(Err(late))
    }

    async fn by_loopback(&mut self) -> Result<Grant, Error> {
        let mut loopback = Loopback::open().await?;
        // Microsoft knows this device by name alone.
        let host =
            if self.endpoints.authorize.contains("microsoftonline.com/") { "localhost" } else { "127.0.0.1" };
        let base = format!("http://{host}:{}", loopback.port());
        let round = self.begin(&format!("{base}/"))?;
        loop {
            let Some(visit) = loopback.next().await else { return Err(Error::new(ErrorKind::Bug)) };
            let came_to = Zeroizing::new(format!("{base}{}", visit.target()));
            match round.answered(&came_to) {
                Ok(Answer::NotOurs) => visit.answer(false, STRAY_HEADING, STRAY_TEXT).await,
                Ok(Answer::Code(code)) => {
                    let grant = round.finish(code, &self.trust, Clock::wall()).await;
                    let (heading, text) =
                        if grant.is_ok() { (HEADING, TEXT) } else { (NOT_HEADING, NOT_TEXT) };
                    visit.answer(grant.is_ok(), heading, text).await;
                    return grant;
                }
                Err(error) => {
                    visit.answer(false, NOT_HEADING, NOT_TEXT).await;
                    return Err(error);
                }
            }
        }
    }

    async fn by_app(&mut self, address: &str) -> Result<Grant, Error> {
        let round = self.begin(address)?;
        loop {
            let Some(came_to) = self.returns.recv().await else {
                return Err(Error::new(ErrorKind::Canceled));
            };
            if let Answer::Code(code) = round.answered(came_to.reveal())? {
                return round.finish(code, &self.trust, Clock::wall()).await;
            }
        }
    }

    async fn by_code(&self) -> Result<Grant, Error> {
        let device = Device::begin(&self.endpoints, &self.client, &self.trust).await?;
        let (url, code) = (device.page().to_owned(), Some(device.code().to_owned()));
        self.news.tell(&Event::SignInPage { ticket: self.ticket, url, code });
        device.wait(&self.trust, Clock::wall).await
    }

    fn begin(&self, redirect: &str) -> Result<Round, Error> {
        let round = Round::begin(&self.endpoints, &self.client, redirect, &self.address)?;
        let url = round.open().to_owned();
        self.news.tell(&Event::SignInPage { ticket: self.ticket, url, code: None });
        Ok(round)
    }
}
