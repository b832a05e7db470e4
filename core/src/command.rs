//! Every request that can be made of the engine.

use std::fmt;
use std::time::Duration;

use crate::mime::Composition;
use crate::model::{
    AccountConfig, AccountId, DraftFileId, DraftId, EmailId, FlagBits, Identity, Instant, Keep, Keyword,
    MailboxId, MemoryRelease, Network, NewFile, OAuthClient, QuestionId, Relation, Role, SavedSearchId,
    SearchScope, Secret, SecretPlace, SendTime, SubmissionServer, SyncScope, TemplateId, TrustDecision,
};

/// Names one submitted [`Command`]; its single final answer is an [`Event::Finished`](crate::Event) with it.
///
/// For commands that change mail it also names the change afterwards (see [`Command::Undo`]), across restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A request. Each is answered by exactly one `Event::Finished`.
///
/// Changes to mail are shown at once (the change is durable before `FolderChanged` is sent) and finish when
/// the server has agreed, which may be much later: offline is a normal state.
#[derive(Clone, Debug)]
pub enum Command {
    /// Finds the settings for an address, as a person typed it. While that goes on `Event::DiscoveryProgress` tells of each source;
    /// it takes ten seconds at most. Finishes with [`Done::Discovered`](crate::Done::Discovered), also where nothing is found, or
    /// with `InvalidInput` where this is no address. Nothing is kept of it. `Cancel` ends it with what was found by then, or with
    /// `Canceled` where that is nothing to sign in with.
    Discover { address: String },
    /// Signs in once with these settings, to the server for sending too where there is one; only when that worked are they and
    /// the secret kept. `WrongState` with the note [`ALREADY_HERE`](crate::error::ALREADY_HERE) where that address or that user of
    /// that server is here already. `Event::AccountCheck` tells each step. Finishes with [`Done::Account`](crate::Done::Account).
    ///
    /// Without a user name it is the address, or, where that is refused, what stands before its @. Where only sending fails
    /// the account can be added without it, and `SetSubmission` later.
    AddAccount { config: AccountConfig, secret: Secret },
    /// The same, but the person signs in in the browser (OAuth 2): `Event::SignInPage` says which page to open. What comes of it is
    /// the account's secret, by which new access tokens are had without the person.
    ///
    /// `InvalidInput` where it isn't known where that server's people sign in, `Canceled` where the person refused.
    AddAccountInBrowser { config: AccountConfig, client: Box<OAuthClient> },
    /// Lets the person of an account sign in in the browser again, or for the first time. Without `client` as the program it was
    /// done as before. What comes of it takes the place of what the account had only when the server took it (else `LoginRefused`:
    /// the browser may have been signed in as somebody else). Finishes with [`Done::Synced`](crate::Done::Synced).
    SignInInBrowser { account: AccountId, client: Option<Box<OAuthClient>> },
    /// The app was called with the address that the browser was to come back to (`BrowserWay::App`), by the sign-in with that
    /// ticket. Whoever has it could ask for the token, as far as the program is concerned: it is a secret.
    BrowserReturned { ticket: Ticket, url: Secret },
    /// Gives a new secret to an account that asked for one. Finishes with [`Done::Synced`](crate::Done::Synced).
    SignIn { account: AccountId, secret: Secret },
    /// Says by which server an account sends; `None`: it can't. The server is asked when there is something to send.
    SetSubmission { account: AccountId, server: Option<SubmissionServer> },
    /// Gives an account other settings: the person's name, the name to sign in with, the servers. Its address, by which it
    /// is known, stays (it may be left out), and what its secret is only `SignIn` changes: `config.secret_kind` says nothing here.
    ///
    /// What differs but for the person's name is tried first, with the secret that is kept, as by `AddAccount` and with the same
    /// `Event::AccountCheck`; until that went well, and where it doesn't, the account goes on as it was. An empty user name is
    /// as there. Finishes with [`Done::Nothing`](crate::Done::Nothing).
    ///
    /// At another host, port or user name there may be other mail under the same numbers. So nothing that was known of the old
    /// server's mailboxes is believed: they are read anew, mails that are the same there keep what is here of them, and changes
    /// that wait are made to those alone. That a mailbox is to be deleted is taken back: there may be other mail in it.
    ///
    /// `InvalidInput` for another address, or where a token would go to a server that isn't its provider's; `WrongState` when
    /// that user of that server is here already, or another such change came in between; `LoginRefused` or
    /// `BrowserSignInNeeded` where there is no secret any more: sign in first.
    EditAccount { account: AccountId, config: AccountConfig },
    /// Removes the account's local mail, settings and secret. Never touches the server.
    RemoveAccount { account: AccountId },

    /// Keeps secrets there from now on, those that are known too; they are taken away from where they were. Accounts that wait
    /// for theirs because it could not be had (`VaultLocked`) go on if it is there. How things stand: `Engine::secret_places`.
    ///
    /// `VaultLocked` where the keyring is locked or the passphrase isn't the file's; `VaultFailed` where there is no keyring, or
    /// the file is damaged: it is left as it is. `WrongState` where the app keeps secrets itself.
    KeepSecrets { place: SecretPlace },
    /// Gives the file of secrets another passphrase. Errors as `KeepSecrets`; `WrongState` where there is no file, too.
    ChangePassphrase { old: Secret, new: Secret },
    /// Answers [`Event::TrustQuestion`](crate::Event::TrustQuestion). A key that is believed is the only one from then on at
    /// that port of that host, whatever its certificate says; any other stops everything there until `Unpin`. Accounts that
    /// wait for it connect at once; adding one is to be tried again. Refusing changes nothing, and may be thought better of.
    ///
    /// `NotFound` where there is no such question; `WrongState` where it must not be believed (`may_pin`), or another key has
    /// been pinned there since.
    DecideTrust { question: QuestionId, decision: TrustDecision },
    /// A key is no longer believed at that port of that host, nor is it the only one: certificates there are looked at as
    /// everywhere else. Connections to there are made anew. `NotFound` where none is pinned.
    Unpin { host: String, port: u16 },

    /// Sets and clears flags (RFC 9051 section 2.3.2), by `+FLAGS`/`-FLAGS` of exactly these bits.
    SetFlags { emails: Vec<EmailId>, add: FlagBits, remove: FlagBits },
    /// Gives mails (all of one account) keywords and takes others away, by `+FLAGS`/`-FLAGS` of exactly these. What is in both
    /// is taken away. A mailbox that takes no new ones refuses with the note [`NO_NEW_TAGS`](crate::error::NO_NEW_TAGS).
    SetKeywords { emails: Vec<EmailId>, add: Vec<Keyword>, remove: Vec<Keyword> },
    /// Moves mails (all of one account) to a mailbox. One of another account gets them handed over whole; only when that
    /// is proved are they removed where they were.
    Move { emails: Vec<EmailId>, to: MailboxId },
    /// Makes a second mail of each (all of one account) in a mailbox, of whichever account.
    Copy { emails: Vec<EmailId>, to: MailboxId },
    /// Moves mails to the account's archive mailbox, which is made if there is none.
    Archive { emails: Vec<EmailId> },
    /// Moves mails to the account's trash mailbox, which is made if there is none.
    Trash { emails: Vec<EmailId> },
    /// Hands a mail over to the server, exactly once where that can be found out: into this mailbox, with these flags.
    /// Lone line feeds become line ends.
    Append { mailbox: MailboxId, message: Message, flags: FlagBits, date: Instant },
    /// Sends a finished mail (RFC 5322) by the account's submission server, once, at its time or when there is a
    /// connection. Until its end is on its way `Undo` and `DiscardChange` take it back.
    ///
    /// Its Sender or From says who sends it; those in To, Cc and Bcc get it, all of them or nobody. Bcc is not sent. What is
    /// missing of Date (when it is to be sent) and Message-ID is added, and lone line feeds become line ends. Once it was sent it is kept in the
    /// account's mailbox for sent mail, read and with Bcc, which is made if there is none; a server that does so itself is left
    /// to. It finishes when that is done.
    ///
    /// Refused at once with `InvalidInput` where it can't be sent to those it names, with `WrongState` where the account has no
    /// submission server. A server that refuses it for good makes it a refused change. So does an answer that was lost after
    /// the end of the mail was on its way, unless the mailbox for sent mail shows that it was sent: its error is `TimedOut`, and
    /// whether to send it again (`RetryChange`) the person decides.
    Send { account: AccountId, message: Message, time: SendTime },
    /// Keeps a mail as far as it is written: a new draft, or another state of one. At once and on this device alone; durable
    /// when it is answered, with [`Done::Draft`](crate::Done::Draft). Meant to be said every two seconds while somebody types, and
    /// not before. With another `account` than before it is of that one from then on. One that was closed is open again.
    ///
    /// Half a minute after the last change it is handed over to the account's mailbox for drafts, which is made if there is none,
    /// and what was there of it before is removed once that is proved. What somebody else made of it meanwhile stays beside it.
    ///
    /// `NotFound`; `WrongState` while it is to be sent, or when it was discarded; `LimitExceeded`.
    SaveDraft { draft: Option<DraftId>, account: AccountId, composition: Composition, relation: Relation },
    /// Adds a file to a draft; what isn't here of another mail is fetched first. Finishes with
    /// [`Done::DraftFile`](crate::Done::DraftFile), durable then. Errors as `SaveDraft`, and those of `FetchWhole` and `FetchPart`.
    AddFile { draft: DraftId, file: NewFile },
    /// Takes a file out of a draft, for good.
    RemoveFile { draft: DraftId, file: DraftFileId },
    /// Nobody writes on a draft any more: it is handed over to the server's mailbox for drafts without waiting. One in which
    /// there is nothing is dropped, and so is one that was opened from the server and not changed; that one stays there.
    CloseDraft { draft: DraftId },
    /// Throws a draft away: what the server has of it is removed, here it is kept for thirty days.
    DiscardDraft { draft: DraftId },
    /// Brings back a draft that was discarded, or (`version`) what a draft was then: that is what it is from now on, and what it
    /// is now becomes a version. Of one that was sent a new draft is made, without its files. Finishes with
    /// [`Done::Draft`](crate::Done::Draft).
    RestoreDraft { draft: DraftId, version: Option<Instant> },
    /// Makes a draft of a mail in the mailbox for drafts, whichever program wrote it, fetching all of it first; one that is a draft
    /// here already is that one. Finishes with [`Done::Draft`](crate::Done::Draft). The mail stays until something is changed
    /// and that is on the server.
    ///
    /// `WrongState` where it is in no mailbox for drafts; errors as `FetchWhole`.
    OpenDraft { email: EmailId },
    /// Sends a draft as `Send` does, with a Message-ID and a Date that are made now: Date is when it is to be sent. While it may be
    /// taken back, and where it is refused, it is a draft as before. Once it was sent the mail it answers or forwards is marked so,
    /// on the server too, what the server has of the draft is removed, and what it was is kept here as a version for thirty days.
    ///
    /// Errors as `Send`, and those of writing it (`InvalidInput`).
    SendDraft { draft: DraftId, time: SendTime },
    /// Asks to be taken off the mailing list a mail is from, in the way that [`mime::Unsubscribe`](crate::mime::Unsubscribe)
    /// says of it; nothing else ever asks. By one request over https, without cookies and to that address alone: it finishes when
    /// the server agreed, with `ServerRefused` where it did otherwise. Or by a mail from the account's address, as `Send` sends it.
    ///
    /// `NotFound` where the mail's body isn't here, `WrongState` where it names no way, or a page alone.
    LeaveList { email: EmailId },
    /// Makes mails of one conversation a conversation of their own. Answers to them that come later belong there, answers to
    /// the others do not. It is done, and finished, on this device alone; `Undo` takes it back.
    ///
    /// `InvalidInput` where they are of several conversations.
    SplitConversation { emails: Vec<EmailId> },
    /// Makes the conversations of these mails (all of one account) one, in the same way.
    JoinConversations { emails: Vec<EmailId> },
    /// Expunges exactly the mails that are in the account's trash mailbox now. There is no undo.
    EmptyTrash { account: AccountId },
    /// Sets `\Seen` on exactly the mails of a mailbox that are unread now.
    MarkAllRead { mailbox: MailboxId },
    /// Expunges exactly these mails. There is no undo.
    DeleteForever { emails: Vec<EmailId> },
    /// Takes back an earlier change: unsent, it is dropped; sent, its inverse is queued.
    Undo { operation: Ticket },
    /// Tries a change now: one that waits without more waiting (answered at once), one that was refused anew, under this
    /// command's own ticket.
    RetryChange { operation: Ticket },
    /// Lets a change go: a refused one is no longer listed, one that waits isn't made.
    DiscardChange { operation: Ticket },

    /// Makes a mailbox at this path (UTF-8, with the server's delimiter); with a role, for that.
    CreateMailbox { account: AccountId, path: String, role: Option<Role> },
    /// Gives a mailbox, and with it those below it, another path.
    RenameMailbox { mailbox: MailboxId, path: String },
    /// Deletes a mailbox with all mail in it. What is here of it stays until the server agreed. There is no undo once
    /// it was sent.
    DeleteMailbox { mailbox: MailboxId },
    /// Subscribes to a mailbox (RFC 9051 section 6.3.7): other clients show those.
    Subscribe { mailbox: MailboxId },
    /// No longer subscribes to a mailbox.
    Unsubscribe { mailbox: MailboxId },
    /// Says what a mailbox is for, which goes over what the server or its name says. `Role::None`: nothing in particular.
    SetRole { mailbox: MailboxId, role: Role },

    /// Fetches what there is to read of one mail before everything else, if it isn't here yet: of a large one without its large
    /// files, where the server can tell them apart (`Reader::readable`, [`PartFacts::is_missing`](crate::mime::PartFacts)).
    FetchBody { email: EmailId },
    /// Fetches all of one mail, if it isn't here yet, as it is on the server (`Reader::raw`).
    FetchWhole { email: EmailId },
    /// Fetches one file of a mail (from 1, as they are listed) that isn't here, in pieces, each of which is kept: after a lost
    /// connection, `Cancel` or a restart it goes on where it was. Mails that are to be read are fetched before.
    /// `Event::PartProgress` tells how far it is. What can't be had in pieces is fetched with the whole mail.
    ///
    /// Errors: `NotFound` (there is no such mail or file, here or on the server any more), `ProtocolBroken` (the server
    /// sent something else: nothing of it is kept), those of the connection.
    FetchPart { email: EmailId, part: u32 },
    /// Fetch a mail's pictures from the network (`mime::OpenedEmail::images`), over https, without cookies or a referrer; known
    /// trackers are never asked. `Reader::images` has them then.
    ///
    /// Errors: `NotFound` (its body isn't here, or none of the pictures is there), `Offline`, those of `net::connect`.
    FetchImages { email: EmailId },
    /// Remember that this sender's pictures are to be fetched whenever a mail of theirs is opened, or forget it. Whoever shows
    /// the mail asks for them (`Reader::shows_images_of`).
    ///
    /// Errors: `InvalidInput` (no address), `StorageFailed`.
    ShowImagesOf { sender: String, always: bool },
    /// Brings one mailbox up to date now. Finishes with [`Done::Synced`](crate::Done::Synced).
    SyncMailbox { mailbox: MailboxId },
    /// Brings the whole account up to date now, and connects again if it was waiting to. Finishes with
    /// [`Done::Synced`](crate::Done::Synced).
    SyncAccount { account: AccountId },
    /// Brings one account, or all of them, up to date as far as `scope` says, and ends within `deadline`: for a moment that a
    /// phone's system grants. Finishes with [`Done::Synced`](crate::Done::Synced), or `TimedOut`: what came until then is
    /// kept. Of several accounts one that can't be reached doesn't spoil it for the others; its state says so.
    ///
    /// While the engine is suspended it goes on for as long as this takes, over one connection for each account, and is
    /// suspended again, with nothing open and nothing locked, when this is answered. Then `WrongState` means that another
    /// process has the store, or another `SyncNow` is under way.
    SyncNow { account: Option<AccountId>, scope: SyncScope, deadline: Duration },
    /// Names the mailbox on the screen: it is kept freshest.
    ShowMailbox { mailbox: MailboxId },
    /// Searches on the server too, for what isn't here: the text is understood as `Reader::search` does. Until another one begins,
    /// `Reader::search` of this text finds what the server found, beside what is found here; mails that weren't listed yet are.
    /// What the server can't be asked (`filename:`) it proves nothing of: then it brings mails, and which of them are found
    /// stays as it is. Of each mailbox the newest thousand are taken.
    ///
    /// `Event::SearchProgress` tells how far it is. It takes ten minutes at most, and ends when another one begins (with
    /// `Canceled`) or by `Cancel`. Finishes with [`Done::Searched`](crate::Done::Searched), or with the error of an account where
    /// none could be searched; `InvalidInput` where nothing is sought.
    SearchServer { text: String, scope: SearchScope },
    /// Keeps a search under a name. `InvalidInput` where either is blank. Finishes with
    /// [`Done::SearchSaved`](crate::Done::SearchSaved). All of them: `Reader::saved_searches`.
    SaveSearch { name: String, text: String, scope: SearchScope },
    /// Gives a search that is kept another name. `NotFound`, `InvalidInput`.
    RenameSearch { id: SavedSearchId, name: String },
    /// No longer keeps a search; mail stays as it is. `NotFound`.
    DeleteSearch { id: SavedSearchId },
    /// Says whom an account's person writes as, the usual one first; none: by the account's own address alone. What is the same
    /// address in another form is kept as it goes over the wire. `Reader::identities` has them; who reads them is told by
    /// `Event::AccountChanged`.
    ///
    /// `NotFound`; `InvalidInput` where an address is none, or there are more than two hundred.
    SetIdentities { account: AccountId, identities: Vec<Identity> },
    /// Keeps a text to be sent again and again, or another one in the place of that one. Finishes with
    /// [`Done::Template`](crate::Done::Template); `Event::TemplatesChanged` tells of it. All of them: `Reader::templates`.
    ///
    /// `InvalidInput` for a blank name, or a text above 1 MB; `NotFound`.
    SaveTemplate { id: Option<TemplateId>, name: String, subject: String, text: String },
    /// Keeps it no longer. `NotFound`.
    DeleteTemplate { id: TemplateId },
    /// Ends the wait for `Discover`, `AddAccount`, `EditAccount`, `SignIn`, `SyncMailbox`, `SyncAccount`, `SyncNow`, `FetchBody`,
    /// `FetchImages`, `FetchWhole`, `FetchPart`, `LeaveList` by one request, which may have been made by then, or `SearchServer`,
    /// which is then answered with `Canceled`; `Discover` with what was found by then. A large mail that is under way stops at once.
    ///
    /// Anything else is answered with `WrongState`: a change to mail is taken back by `Undo` or `DiscardChange`.
    Cancel { ticket: Ticket },

    /// Says how much of an account, or of one mailbox of it, is kept here unasked; lists always are. A mailbox of which
    /// nothing was said follows its account. Bodies that are here stay here, also those that would no longer be fetched;
    /// one that is opened (`FetchBody`), or that a change needs, is fetched whatever was said.
    SetKeep { account: AccountId, mailbox: Option<MailboxId>, keep: Keep },

    /// There is another network, or none any more; also after any change of it that may have cost connections. Without
    /// one every account is `Offline` and nothing is tried. Otherwise connections are probed at once, or made anew, and
    /// nobody waits any longer before the next try.
    ///
    /// On a metered network lists are kept in step as ever, but of bodies only small ones (64 KB) are fetched unasked.
    /// What is held back comes by itself on a free one.
    NetworkChanged { network: Network },
    /// Whether to spare the battery: then no body is fetched unasked. What is held back comes by itself afterwards.
    SetPower { saver: bool },
    /// Gives back memory that is held to be fast: the system asked for it.
    ReleaseMemory { release: MemoryRelease },
    /// Finishes with [`Done::Report`](crate::Done::Report).
    Report,
    /// Says what an account's server offers, as it was seen at the last sign-in, and which ways were chosen. Finishes with
    /// [`Done::Capabilities`](crate::Done::Capabilities).
    Capabilities { account: AccountId },
    /// Before the process is put to sleep: ends connections, waits for what is being written, and gives the store up.
    /// When this is answered without an error no connection and no file of the store is open, no lock is held, no time
    /// is waited for, and another process may use the store. Who waits for the network is answered with `Canceled`.
    /// Until `Resume` all else is refused with `WrongState`, reading too.
    ///
    /// `TimedOut`: connections are closed but something is still reading or writing; it may be asked for again.
    Suspend { deadline: Duration },
    /// Goes on after `Suspend`. What another process did to the store meanwhile is taken over: read everything again.
    ///
    /// `WrongState` when another process has the store: it stays suspended, and this may be tried again.
    Resume,
}

impl Command {
    /// Whether it makes sense while the engine is suspended.
    pub(crate) const fn is_for_suspended(&self) -> bool {
        matches!(
            self,
            Self::Suspend { .. }
                | Self::Resume
                | Self::SyncNow { .. }
                | Self::Cancel { .. }
                | Self::NetworkChanged { .. }
                | Self::SetPower { .. }
        )
    }
}

/// A whole mail (RFC 5322) as octets. Its `Debug` shows its size alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(pub Vec<u8>);

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} octets)", self.0.len())
    }
}
