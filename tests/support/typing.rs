//! Somebody who writes drafts into a store: the same for the same seed, step by step.

use std::fmt::Write as _;

use waxwing_core::Ticket;
use waxwing_core::mime::Composition;
use waxwing_core::model::{AccountId, Draft, DraftId, DraftState, Instant, Relation};
use waxwing_core::store::{AddedFile, Reader, Store};

use crate::generated::random::Random;

/// Steps of one run.
pub const STEPS: u64 = 14;

/// Takes the steps, and calls `done` after each: it is acknowledged then. A disk that fails ends it.
pub fn write(store: &Store, account: AccountId, seed: u64, mut done: impl FnMut(u64)) {
    let mut random = Random::new(seed);
    for step in 1..=STEPS {
        let now = Instant(step as i64 * (1 + random.below(200_000) as i64));
        take(store, account, &mut random, (step, now));
        done(step);
    }
}

/// What is refused (a draft that was discarded, say) is refused in the same way each time.
fn take(store: &Store, account: AccountId, random: &mut Random, (step, now): (u64, Instant)) {
    let (reader, ticket) = (store.reader(), Ticket(1_000 + step));
    let mut all = reader.drafts().expect("drafts");
    all.extend(reader.discarded_drafts().expect("drafts"));
    all.sort_by_key(|draft| draft.id);
    let chosen = (!all.is_empty() && random.chance(800)).then(|| random.pick(&all).clone());
    let id = chosen.as_ref().map(|draft| draft.id);
    match (random.below(10), &chosen, id) {
        (0, _, Some(id)) => {
            let size = random.below(60_000) as usize;
            let octets = vec![random.below(256) as u8; size];
            let (name, media_type) = (format!("{step}.bin"), "application/octet-stream".to_owned());
            let file = AddedFile { name, media_type, content_id: String::new(), octets };
            drop(store.writer().add_draft_file(id, &file, now));
        }
        (1, Some(Draft { files, .. }), Some(id)) if !files.is_empty() => {
            drop(store.writer().remove_draft_file(id, random.pick(files).id, now));
        }
        (2, _, Some(id)) => drop(store.writer().close_draft(ticket, id, now)),
        (3, _, Some(id)) => drop(store.writer().discard_draft(ticket, id, now)),
        (4, _, Some(id)) => {
            let versions = reader.draft_versions(id).expect("versions");
            let version = (!versions.is_empty()).then(|| random.pick(&versions).at);
            drop(store.writer().restore_draft(id, version, now));
        }
        _ => save(store, account, chosen.filter(|draft| draft.state == DraftState::Writing), random, now),
    }
}

fn save(store: &Store, account: AccountId, draft: Option<Draft>, random: &mut Random, now: Instant) {
    let (id, mut composition): (Option<DraftId>, Composition) =
        draft.map_or_else(Default::default, |draft| (Some(draft.id), draft.composition));
    let more = random.below(4_000) as usize;
    match random.below(6) {
        0 => composition.text.truncate(more.min(composition.text.len())),
        1 => composition.to.push_str(", ann@example.org"),
        2 => composition.subject = format!("subject {more}"),
        _ => composition.text.push_str(&"words ".repeat(more / 6 + 1)),
    }
    drop(store.writer().save_draft(id, account, (&composition, Relation::None), now));
}

/// All of it, to be compared.
pub fn state(reader: &Reader) -> String {
    let mut text = String::new();
    let drafts = reader.drafts().expect("drafts").into_iter();
    for draft in drafts.chain(reader.discarded_drafts().expect("drafts")) {
        let versions = reader.draft_versions(draft.id).expect("versions");
        writeln!(text, "{draft:?} {versions:?}").expect("text");
        for file in &draft.files {
            let octets = reader.draft_file(file.id).expect("its octets");
            writeln!(text, "{} of {:?}", octets.len(), octets.first()).expect("text");
            assert!(octets.iter().all(|octet| Some(octet) == octets.first()), "its octets are its own");
        }
    }
    text
}
