//! Tags of messages, and conversations as a person wants them.

use std::mem::MaybeUninit;

use waxwing_core::Command;
use waxwing_core::model::Keyword;

use crate::changes::{durable, waxwing_ids};
use crate::client::{waxwing_client, waxwing_operation_id};
use crate::event::id;
use crate::guard::{self, Misuse};
use crate::rows::{Row, waxwing_rows};
use crate::status::waxwing_status;
use crate::text::{Texts, waxwing_str};

/// A tag in use.
#[repr(C)]
pub struct waxwing_tag_row {
    /// For `waxwing_list_query.tag`; the same after a restart.
    pub id: u64,
    /// How many messages have it, each once, without those in trash and junk.
    pub messages: u64,
    /// The keyword, as `waxwing_messages_set_keywords` takes it.
    pub keyword: waxwing_str,
    /// What a person calls it.
    pub title: waxwing_str,
}

// SAFETY: plain data.
unsafe impl Row for waxwing_tag_row {}

fn keywords(names: &str, argument: &'static str) -> Result<Vec<Keyword>, Misuse> {
    let names = names.split(' ').filter(|name| !name.is_empty());
    names
        .map(|name| Keyword::new(name).ok_or(Misuse::of(argument, "holds what can't be a keyword")))
        .collect()
}

/// Gives messages of one account keywords and takes others away: names joined by spaces, "" for none. What is in both is taken
/// away. A name is an atom of IMAP (RFC 9051), 100 bytes at most, and none that has a WAXWING_FLAG_*. Final: FAILED with E_SERVER
/// where the mailbox takes no new ones. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_messages_set_keywords(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    add: waxwing_str,
    remove: waxwing_str,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_messages_set_keywords", out_op, || {
        // SAFETY: the caller's promise: text that lives during the call.
        let (add, remove) = unsafe { (add.read("add")?, remove.read("remove")?) };
        let (add, remove) = (keywords(add, "add")?, keywords(remove, "remove")?);
        // SAFETY: the caller's promise.
        Ok(Command::SetKeywords { emails: unsafe { ids.read()? }, add, remove })
    })
}

/// The tags that messages have, by what they are called: rows are `waxwing_tag_row`. Reads the store. Free it with
/// `waxwing_rows_free`. No event is theirs: take it again after LIST_CHANGED.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_tags_snapshot(
    client: MaybeUninit<&waxwing_client>,
    out: MaybeUninit<&mut *mut waxwing_rows>,
) -> waxwing_status {
    guard::from_client(client, "waxwing_tags_snapshot", out, |client| {
        let mut texts = Texts::default();
        let tags = client.reader()?.tags()?;
        let rows = tags
            .iter()
            .map(|tag| waxwing_tag_row {
                id: id(tag.id.0),
                messages: tag.mails,
                keyword: texts.keep(tag.keyword.name()),
                title: texts.keep(&tag.keyword.tag().unwrap_or_default()),
            })
            .collect();
        Ok(waxwing_rows::of(rows, texts))
    })
}

/// Makes messages of one conversation a conversation of their own: answers to them that come later belong there. It is done on
/// this device alone, and waxwing_operation_undo takes it back. Where they are all of it nothing changes. E_ARGUMENT: they are of
/// several conversations. Final: DONE, at once. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_conversation_split(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_conversation_split", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::SplitConversation { emails: unsafe { ids.read()? } })
    })
}

/// Makes the conversations of these messages, of one account, one: all messages of each, not these alone. On this device alone, as
/// `waxwing_conversation_split`. E_ARGUMENT: they are of several accounts. Final: DONE, at once. [durable]
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn waxwing_conversations_join(
    client: MaybeUninit<&waxwing_client>,
    ids: waxwing_ids,
    out_op: MaybeUninit<&mut waxwing_operation_id>,
) -> waxwing_status {
    durable(client, "waxwing_conversations_join", out_op, || {
        // SAFETY: the caller's promise.
        Ok(Command::JoinConversations { emails: unsafe { ids.read()? } })
    })
}
