//! The files of a mail: its parts, and what was inside parts and texts that hold others.

use std::borrow::Cow;

use mail_parser::{HeaderName, Message, MessagePart, MimeHeaders, PartType};

use super::opened::PartFacts;
use super::{body, file_name, guard, header, parameters, tnef, transfer, uuencode};
use crate::model::Attachment;

/// Most files listed of one mail.
const MOST: usize = 10_000;
/// Largest container that is opened, and most of them in one mail.
const LARGEST_CONTAINER: usize = 40 << 20;
const MOST_CONTAINERS: usize = 10;

/// Where the content of a file is.
pub(super) enum Content<'a> {
    Part(&'a MessagePart<'a>),
    /// It was inside something else.
    Octets(Cow<'a, [u8]>),
}

pub(super) struct File<'a> {
    pub(super) attachment: Attachment,
    pub(super) facts: PartFacts,
    pub(super) content: Content<'a>,
}

/// What is attached, without what is shown as text already; containers in the place of which their files are listed.
pub(super) fn of<'a>(message: &'a Message<'a>, body: &'a body::Body) -> Vec<File<'a>> {
    let attached = message.attachments.iter().filter(|id| !body.parts.contains(id));
    let mut ids: Vec<u32> = attached.chain(&body.members).copied().collect();
    if !body.members.is_empty() {
        ids.sort_unstable();
    }
    let mut files = Vec::new();
    for (id, part) in ids.into_iter().filter_map(|id| Some((id, message.part(id)?))).take(MOST) {
        let number = files.len() + 1;
        match body.containers.iter().find(|(container, _)| *container == id) {
            Some((_, opened)) => {
                files.extend((number..).zip(&opened.files).map(|(number, file)| inside(file, number)))
            }
            None => files.push(of_part(message, part, body.members.contains(&id), number)),
        }
    }
    let number = files.len() + 1;
    files.extend((number..).zip(&body.coded).map(|(number, file)| in_text(file, number)));
    files
}

fn of_part<'a>(
    message: &'a Message<'a>,
    part: &'a MessagePart<'a>,
    is_member: bool,
    number: usize,
) -> File<'a> {
    let media_type = if is_member { guard::NESTED_MAIL.to_owned() } else { media_type(part) };
    let given: Option<String> = match name(message, part) {
        Some(name) => Some(name),
        None if media_type == guard::NESTED_MAIL => {
            let subject = super::header_facts(part.contents()).subject;
            // A stroke in a subject divides words, not directories.
            (!subject.is_empty()).then(|| format!("{}.eml", subject.replace(['/', '\\'], "_")))
        }
        None => None,
    };
    let attachment = Attachment {
        name: file_name::safe(given.as_deref(), &media_type, number),
        size: u64::try_from(length(message, part)).unwrap_or(u64::MAX),
        media_type,
    };
    File { attachment, facts: facts(part), content: Content::Part(part) }
}

/// The name a part gives itself. The library's reading of it is only asked whether there is one.
fn name(message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
    let named = |field: HeaderName<'static>, parameter| {
        let header = part.headers.iter().rev().find(|header| header.name == field)?;
        let range = usize::try_from(header.offset_start).ok()?..usize::try_from(header.offset_end).ok()?;
        parameters::value(message.raw_message.get(range)?, parameter)
    };
    named(HeaderName::ContentDisposition, "filename")
        .or_else(|| named(HeaderName::ContentType, "name"))
        .or_else(|| part.attachment_name().map(str::to_owned))
        .filter(|name| !name.trim().is_empty())
}

/// Decoded octets.
fn length(message: &Message<'_>, part: &MessagePart<'_>) -> usize {
    let coding = transfer::coding(part);
    if coding == part.encoding {
        return part.len();
    }
    let octets = transfer::octets(message, part).and_then(|octets| transfer::decoded(octets, coding));
    octets.map_or(part.len(), |octets| octets.len())
}

fn inside(file: &tnef::File, number: usize) -> File<'_> {
    let given = if file.is_container { format!("{}.dat", file.name) } else { file.name.clone() };
    let media_type = match file.media_type.as_str() {
        _ if file.is_container => tnef::MEDIA_TYPE,
        named if is_media_type(named) => named,
        _ => file_name::type_of(&file.name),
    };
    let content_id = header::line(&file.content_id);
    File {
        attachment: Attachment {
            name: file_name::safe(Some(&given), media_type, number),
            size: u64::try_from(file.content.len()).unwrap_or(u64::MAX),
            media_type: media_type.to_owned(),
        },
        facts: PartFacts { is_inline: !content_id.is_empty(), content_id, is_missing: false },
        content: Content::Octets(Cow::Borrowed(&file.content)),
    }
}

fn in_text(file: &uuencode::File, number: usize) -> File<'_> {
    let media_type = file_name::type_of(&file.name);
    File {
        attachment: Attachment {
            name: file_name::safe(Some(&file.name), media_type, number),
            size: u64::try_from(file.content.len()).unwrap_or(u64::MAX),
            media_type: media_type.to_owned(),
        },
        facts: PartFacts::default(),
        content: Content::Octets(Cow::Borrowed(&file.content)),
    }
}

/// The containers of a mail, opened, each with the part it is.
pub(super) fn containers(message: &Message<'_>) -> Vec<(u32, tnef::Opened)> {
    let parts = message.attachments.iter().filter_map(|id| Some((*id, message.part(*id)?)));
    let opened = parts.filter(|(_, part)| may_be_container(part)).take(MOST_CONTAINERS);
    opened.filter_map(|(id, part)| Some((id, tnef::open(part.contents())?))).collect()
}

fn may_be_container(part: &MessagePart<'_>) -> bool {
    let is_named = || part.attachment_name().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"));
    let is_typed = || matches!(media_type(part).as_str(), tnef::MEDIA_TYPE | "application/vnd.ms-tnef");
    part.len() <= LARGEST_CONTAINER && (is_typed() || is_named())
}

fn facts(part: &MessagePart<'_>) -> PartFacts {
    let id = part.content_id().map(header::line).unwrap_or_default();
    PartFacts {
        // What says nothing of itself and is named by the text stands in it.
        is_inline: match part.content_disposition() {
            Some(disposition) => disposition.is_inline(),
            None => !id.is_empty(),
        },
        content_id: id.trim_matches(['<', '>']).to_owned(),
        is_missing: false,
    }
}

/// `type/subtype` in lower case, of token characters only (RFC 2045 section 5.1).
pub(super) fn media_type(part: &MessagePart<'_>) -> String {
    let plain =
        if matches!(part.body, PartType::Text(_)) { "text/plain" } else { "application/octet-stream" };
    let Some(content_type) = part.content_type() else { return plain.to_owned() };
    let Some(subtype) = content_type.subtype() else { return plain.to_owned() };
    let named = format!("{}/{subtype}", content_type.ctype()).to_ascii_lowercase();
    if !is_media_type(&named) {
        return plain.to_owned();
    }
    guard::true_media_type(&named)
}

/// Name and type of a file that is to go along with a mail, made safe. What has no type gets one by its name.
pub fn file_to_send(name: &str, media_type: &str) -> (String, String) {
    let named = media_type.trim().to_ascii_lowercase();
    let media_type = match named.as_str() {
        "" => file_name::type_of(name).to_owned(),
        named if is_media_type(named) => named.to_owned(),
        _ => "application/octet-stream".to_owned(),
    };
    (file_name::safe(Some(name), &media_type, 1), media_type)
}

fn is_media_type(name: &str) -> bool {
    let is_token = |text: &str| {
        (1..=100).contains(&text.len())
            && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&octet))
    };
    name.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}
