//! What is said above a mail.

pub const SEVERAL_AUTHORS: &str = "This mail names more than one sender. Who wrote it can’t be told.";
pub const MIXED_SCRIPTS: &str =
    "The sender’s domain is written in letters that look like others. It may not be the one it seems.";
pub const FALSE_LINK: &str = "A link in this mail names another site than the one it leads to.";
pub const NOT_AUTHENTIC: &str = "Your mail server found that this mail does not come from the domain it names. Somebody may be pretending.";
pub const SIGNED: &str =
    "Signed by its sender. Waxwing does not check signatures, so this proves nothing here.";
pub const ENCRYPTED: &str =
    "This mail is encrypted. Waxwing can’t decrypt it; you can save it and open it elsewhere.";
pub const TRUNCATED: &str =
    "This mail is too long to be shown whole. Below is its beginning; saved, it is complete.";
pub const FORM: &str = "A form in this mail was left out: what you type there would go to its sender.";

pub const INVITATION: &str = "Invitation";
pub const CANCELLED: &str = "Cancelled";
pub const ANSWER: &str = "Answer to an invitation";
pub const EVENT: &str = "Event";
pub const REPEATED: &str = ", repeated";
pub const ACCEPTED: &str = "accepted";
pub const DECLINED: &str = "declined";
pub const TENTATIVE: &str = "tentative";
pub const OPEN: &str = "not answered";

pub const MAILING_LIST: &str = "This mail is from a mailing list.";
pub const UNSUBSCRIBE: &str = "Unsubscribe";
pub const UNSUBSCRIBING: &str = "Unsubscribing…";
pub const UNSUBSCRIBED: &str =
    "You asked to be taken off this list. It may take a few days until no more mail comes.";

pub fn name_is_an_address(address: &str) -> String {
    format!("The sender’s name is another address than the one it was sent from, {address}.")
}

pub fn answers_elsewhere(address: &str) -> String {
    format!("Answers to this mail go to {address}, which is not where it came from.")
}

pub fn receipt(who: &str) -> String {
    format!("{who} asks to be told when you read this. Nothing is sent.")
}

pub fn organised_by(who: &str) -> String {
    format!("Organised by {who}")
}

pub fn will_be_asked(host: &str) -> String {
    format!("Waxwing asks {host} once, over an encrypted connection, to take you off the list.")
}

pub fn will_be_written(address: &str) -> String {
    format!("Waxwing sends a mail to {address} from the address that gets this list.")
}

pub fn will_be_opened(host: &str) -> String {
    format!("A page of {host} opens in your browser, where you can unsubscribe.")
}

pub fn not_unsubscribed(why: &str) -> String {
    format!("You are still on the list: {why}")
}
