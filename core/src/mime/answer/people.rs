//! Who answers a mail, and to whom.

use super::{How, mailbox};
use crate::mime::opened::{OpenedEmail, values};
use crate::mime::recipients;
use crate::model::{Address, Identity};

/// Most people of an answer.
const MOST: usize = 2_000;

/// Whoever answers.
pub(super) struct Answerer {
    /// Which identity, and what it is.
    pub(super) number: usize,
    pub(super) identity: Identity,
    /// The address that is answered from: the identity's, or the one of a catch-all's domain that got the mail.
    pub(super) address: String,
}

/// The identity that got the mail, or wrote it.
pub(super) fn who_answers(
    mail: &OpenedEmail,
    identities: &[Identity],
    received_by: Option<&str>,
) -> Answerer {
    let addresses = received_at(mail, received_by);
    let exact = |address: &String| identities.iter().position(|one| is_same(&one.address, address));
    let tagged =
        |address: &String| identities.iter().position(|one| is_same(&one.address, &without_tag(address)));
    // Whoever wrote may be oneself, from elsewhere too; but not a stranger at the domain of a catch-all.
    let authors = usual(mail.email.from.iter().map(|one| one.address.clone()));
    let all = || addresses.iter().chain(&authors);
    let found = all().find_map(exact).or_else(|| all().find_map(tagged));
    let caught = || {
        addresses.iter().find_map(|address| {
            let number = identities.iter().position(|one| catches(one, address))?;
            Some((number, address.clone()))
        })
    };
    let (number, address) = match found {
        Some(number) => (number, None),
        None => caught().map_or((0, None), |(number, address)| (number, Some(address))),
    };
    let identity = identities.get(number).cloned().unwrap_or_default();
    let address = address.unwrap_or_else(|| identity.address.clone());
    Answerer { number, identity, address }
}

/// The addresses that may have got it, likeliest first. Whoever wrote it themselves answers as they wrote.
fn received_at(mail: &OpenedEmail, received_by: Option<&str>) -> Vec<String> {
    let mut addresses: Vec<String> = received_by.map(str::to_owned).into_iter().collect();
    let is_from_elsewhere = values(&mail.headers, "Received").next().is_some();
    let of = |people: &[Address]| people.iter().map(|one| one.address.clone()).collect::<Vec<_>>();
    if !is_from_elsewhere {
        addresses.extend(of(&mail.email.from));
    }
    addresses.extend(of(&mail.email.to));
    addresses.extend(of(&mail.email.cc));
    for field in ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To"] {
        addresses.extend(values(&mail.headers, field).flat_map(recipients::read).map(|one| one.address));
    }
    usual(addresses)
}

/// Addresses in the form in which identities are.
fn usual(addresses: impl IntoIterator<Item = String>) -> Vec<String> {
    let read = addresses.into_iter().flat_map(|address| recipients::read(&address));
    read.filter(|one| one.is_valid).map(|one| one.address).collect()
}

pub(super) fn is_same(one: &str, other: &str) -> bool {
    !one.is_empty() && one.to_lowercase() == other.to_lowercase()
}

/// `ada+lists@example.org` comes to `ada@example.org`.
fn without_tag(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or_default()),
        None => String::new(),
    }
}

fn catches(identity: &Identity, address: &str) -> bool {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    identity.is_catch_all && domain(address).is_some_and(|of| Some(of) == domain(&identity.address))
}

/// Lists of people, as they are typed.
#[derive(Default)]
pub(super) struct People {
    pub(super) to: String,
    pub(super) cc: String,
    pub(super) bcc: String,
}

/// Whom an answer goes to: never to whoever answers, unless nobody else is left.
pub(super) fn answered(mail: &OpenedEmail, how: How, identities: &[Identity], who: &Answerer) -> People {
    let is_own = |address: &str| {
        let usual = recipients::read(address).into_iter().next().map_or_else(String::new, |one| one.address);
        is_same(&usual, &who.address)
            || identities
                .iter()
                .any(|one| is_same(&one.address, &usual) || is_same(&one.address, &without_tag(&usual)))
    };
    let email = &mail.email;
    if how == How::ReplyList
        && let Some(list) = list_of(mail)
    {
        return People { to: list, ..People::default() };
    }
    if !email.from.is_empty() && email.from.iter().all(|one| is_own(&one.address)) {
        return of_own(mail, how, &is_own);
    }
    let author = if email.reply_to.iter().any(|one| one.address.contains('@')) {
        &email.reply_to
    } else {
        &email.from
    };
    if how == How::Reply {
        return People { to: list([author], &is_own), ..People::default() };
    }
    let followed: Vec<Address> = values(&mail.headers, "Mail-Followup-To")
        .flat_map(recipients::read)
        .filter(|one| one.is_valid)
        .map(|one| Address { name: one.name, address: one.address })
        .collect();
    if followed.iter().any(|one| !is_own(&one.address)) {
        return People { to: list([&followed], &is_own), ..People::default() };
    }
    divided([author, &email.to], [&email.cc], &is_own)
}

/// An answer to oneself goes on to whom that mail went.
fn of_own(mail: &OpenedEmail, how: How, is_own: &dyn Fn(&str) -> bool) -> People {
    let email = &mail.email;
    let has_others =
        |people: &[Address]| people.iter().any(|one| one.address.contains('@') && !is_own(&one.address));
    if how == How::Reply {
        let to = if has_others(&email.to) {
            &email.to
        } else if email.to.is_empty() {
            &email.from
        } else {
            &email.to
        };
        return People { to: list([to], is_own), ..People::default() };
    }
    let mut people = divided([&email.to], [&email.cc], is_own);
    if people.to.is_empty() && people.cc.is_empty() {
        people.to = list([&email.from], is_own);
    }
    let seen = format!("{}, {}", people.to, people.cc);
    let seen = recipients::read(&seen);
    let unseen = |one: &&Address| {
        !is_own(&one.address) && !seen.iter().any(|other| is_same(&other.address, &one.address))
    };
    people.bcc = mail
        .bcc
        .iter()
        .filter(unseen)
        .map(mailbox)
        .filter(|one| !one.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    people
}

/// Both lists, nobody twice.
fn divided<const N: usize, const M: usize>(
    to: [&Vec<Address>; N],
    cc: [&Vec<Address>; M],
    is_own: &dyn Fn(&str) -> bool,
) -> People {
    let to = list(to, is_own);
    let known = recipients::read(&to);
    let is_new = |one: &Address| {
        !is_own(&one.address) && !known.iter().any(|other| is_same(&other.address, &one.address))
    };
    let rest: Vec<Address> = cc.into_iter().flatten().filter(|one| is_new(one)).cloned().collect();
    People { cc: if rest.is_empty() { String::new() } else { list([&rest], is_own) }, to, bcc: String::new() }
}

/// A list of people without oneself; with oneself where that is all there is.
fn list<const N: usize>(people: [&Vec<Address>; N], is_own: &dyn Fn(&str) -> bool) -> String {
    let all: Vec<&Address> =
        people.into_iter().flatten().filter(|one| !mailbox(one).is_empty()).take(MOST).collect();
    let others: Vec<&&Address> = all.iter().filter(|one| !is_own(&one.address)).collect();
    let kept: Vec<String> = match others.is_empty() {
        true => all.iter().map(|one| mailbox(one)).collect(),
        false => others.iter().map(|one| mailbox(one)).collect(),
    };
    let mut known = std::collections::HashSet::new();
    let people = recipients::read(&kept.join(", "));
    let people = people.iter().filter(|one| known.insert(one.written()));
    people.map(recipients::Recipient::written).collect::<Vec<_>>().join(", ")
}

/// Where a list takes mail (RFC 2369 section 3.4).
fn list_of(mail: &OpenedEmail) -> Option<String> {
    let value = values(&mail.headers, "List-Post").next()?;
    let links = value.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
    let found =
        links.filter_map(|(link, _)| crate::mime::mailto(&link.split_whitespace().collect::<String>()));
    found.map(|mail| mail.to).find(|to| recipients::read(to).iter().any(|one| one.is_valid))
}
