//! CREATE (RFC 9051 section 6.3.4), with what it is for (RFC 6154 section 3).

use super::{Capabilities, Capability, Plain, Role, Started, Unsendable, Writer};

pub(super) fn start(
    writer: Writer<'_>,
    offered: &Capabilities,
    mailbox: &str,
    role: Role,
) -> Result<Started, Unsendable> {
    let parts = match attribute(role) {
        Some(attribute) if offered.has(Capability::CreateSpecialUse) => {
            writer.create_for(mailbox, attribute)?
        }
        _ => writer.create(mailbox)?,
    };
    Ok((parts, Box::new(Plain)))
}

/// What a mailbox can be made for.
const fn attribute(role: Role) -> Option<&'static str> {
    match role {
        Role::Sent => Some("\\Sent"),
        Role::Drafts => Some("\\Drafts"),
        Role::Trash => Some("\\Trash"),
        Role::Junk => Some("\\Junk"),
        Role::Archive => Some("\\Archive"),
        Role::None | Role::Inbox | Role::All | Role::Flagged => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answer, Op, trial};
    use crate::model::Role;

    #[test]
    fn a_name_goes_out_as_it_is() {
        let op = Op::Create { mailbox: "Entw&APw-rfe".into(), role: Role::Drafts };
        let played = trial::play(&op, "SPECIAL-USE", &[], "A1 OK");
        assert_eq!(played.sent, "A1 CREATE Entw&APw-rfe\\r\\n");
        assert_eq!(played.answer, Answer::Done);
    }

    #[test]
    fn what_it_is_for_is_said_where_that_is_offered() {
        let op = Op::Create { mailbox: "My Trash".into(), role: Role::Trash };
        let played = trial::play(&op, "SPECIAL-USE CREATE-SPECIAL-USE", &[], "A1 OK");
        assert_eq!(played.sent, "A1 CREATE \\\"My Trash\\\" (USE (\\\\Trash))\\r\\n");
        let plain = Op::Create { mailbox: "Work".into(), role: Role::None };
        assert_eq!(trial::play(&plain, "CREATE-SPECIAL-USE", &[], "A1 OK").sent, "A1 CREATE Work\\r\\n");
    }
}
