//! The HTML of a mail, made fit to be shown (SAFETY.md 13, 14): how it looks stays, and nothing that runs, asks, or loads.
//!
//! Two nets, one behind the other. The first takes the markup apart (`markup`), keeps what is listed here and writes it
//! anew: balanced, not deep, of bounded size; it tells of everything that would have been loaded. The second is ammonia,
//! which parses that as browsers do and again lets through what is listed alone.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use super::markup::{Piece, Pieces, Tag, decoded};
use super::target::{self, Target};
use super::tree::{KEPT, Tree};
use super::{css, guard, sheet, spoof, tracker};

/// Most HTML of a mail that is looked at, in bytes, and most tags: what is behind is left out.
const LARGEST: usize = 4 << 20;
const MOST_TAGS: usize = 50_000;
/// Most of its style sheets that is kept, in bytes; the last of them may be longer.
const LARGEST_SHEETS: usize = 256 << 10;
/// Longest value of an attribute that is no address, in bytes.
const LONGEST_VALUE: usize = 1_000;
/// Most addresses told of, and longest of each, in bytes.
const MOST_BLOCKED: usize = 1_000;
const LONGEST_BLOCKED: usize = 2_000;
/// Longest text of a link that is compared with its target, in bytes.
const LONGEST_LINK_TEXT: usize = 300;

/// Elements that are left out with all that is in them; others that don't stay are left out alone.
const LEFT_OUT: [&str; 14] = [
    "applet", "audio", "canvas", "datalist", "frameset", "iframe", "map", "math", "object", "script",
    "select", "svg", "template", "video",
];
/// Attributes that stay, on any element.
const ATTRIBUTES: [&str; 31] = [
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "class",
    "clear",
    "color",
    "colspan",
    "datetime",
    "dir",
    "face",
    "height",
    "hspace",
    "lang",
    "noshade",
    "nowrap",
    "open",
    "reversed",
    "rowspan",
    "size",
    "span",
    "start",
    "style",
    "summary",
    "title",
    "type",
    "valign",
    "vspace",
    "width",
];
/// Attributes whose value is an address that is loaded, on whatever element.
const LOADING: [&str; 17] = [
    "archive",
    "background",
    "classid",
    "code",
    "codebase",
    "data",
    "dynsrc",
    "icon",
    "imagesrcset",
    "lowsrc",
    "manifest",
    "movie",
    "poster",
    "profile",
    "src",
    "srcset",
    "xlink:href",
];
/// Elements whose `href` is followed by a person, and not loaded.
const LINKS: [&str; 3] = ["a", "area", "base"];
const REL: &str = "noopener noreferrer";

/// What a mail's HTML may show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed<'a> {
    /// Pictures by https stay.
    pub(super) remote_images: bool,
    /// Content-IDs of the mail's parts, by their number.
    pub(super) parts: &'a [(u32, String)],
}

/// What was found in HTML that is not shown.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What would have been loaded over the network, each once.
    pub(super) blocked: Vec<String>,
    seen: HashSet<String>,
    /// Pictures by https, each once: those that stay where they are allowed.
    pub(super) images: Vec<String>,
    /// Who would have been told that the mail was opened: a known service, or the host of a picture that nobody sees.
    pub(super) trackers: Vec<String>,
    pub(super) has_form: bool,
    /// A link whose text names another host than its target.
    pub(super) has_false_link: bool,
    /// Limits cut it.
    pub(super) is_cut: bool,
}

/// HTML as it may be shown, in the order of nothing but its own; what was left out is added to the findings.
pub(super) fn sanitised(html: &str, allowed: Allowed<'_>, findings: &mut Findings) -> String {
    let mut length = html.len().min(LARGEST);
    while !html.is_char_boundary(length) {
        length -= 1;
    }
    findings.is_cut |= length < html.len();
    let mut writer = Writer {
        allowed,
        findings,
        tree: Tree::default(),
        sheets: String::new(),
        left_out: None,
        link: None,
    };
    writer.run(html.get(..length).unwrap_or_default());
    let (written, sheets) = (writer.tree.output, writer.sheets);
    let net = if allowed.remote_images { &WITH_IMAGES } else { &WITHOUT_IMAGES };
    let markup = guard::unless_it_panics(|| net.clean(&written).to_string()).unwrap_or_default();
    // The second net knows no style sheets: nothing in them ends the element, each was written anew.
    if sheets.is_empty() || markup.is_empty() { markup } else { format!("<style>{sheets}</style>{markup}") }
}

static WITHOUT_IMAGES: LazyLock<Builder<'static>> = LazyLock::new(|| second_net(false));
static WITH_IMAGES: LazyLock<Builder<'static>> = LazyLock::new(|| second_net(true));

fn second_net(remote_images: bool) -> Builder<'static> {
    let mut net = Builder::empty();
    net.tags(HashSet::from(KEPT))
        .clean_content_tags(HashSet::from(LEFT_OUT))
        .generic_attributes(HashSet::from(ATTRIBUTES))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("img", HashSet::from(["src", "referrerpolicy"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", target::PART]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some(REL))
        .attribute_filter(move |_, name, value| match (name, target::of(value)) {
            ("src", Target::Part(_)) => Some(value.into()),
            ("src", Target::Secure) if remote_images => Some(value.into()),
            ("src", _) => None,
            ("href", Target::Secure | Target::Plain | Target::Mail) => Some(value.into()),
            ("href", _) => None,
            ("style", _) => css::harmless(value).map(Into::into),
            _ => Some(value.into()),
        });
    net
}

/// The first net.
struct Writer<'a, 'b> {
    allowed: Allowed<'a>,
    findings: &'b mut Findings,
    tree: Tree,
    /// What stays of the style sheets.
    sheets: String,
    /// The element that is left out with its content, and how often it is open.
    left_out: Option<(&'static str, usize)>,
    /// The target of the link that is open, and its text so far.
    link: Option<(String, String)>,
}

impl Writer<'_, '_> {
    fn run(&mut self, html: &str) {
        let mut tags = 0;
        for piece in Pieces::of(html) {
            tags += usize::from(!matches!(piece, Piece::Text(_)));
            if tags > MOST_TAGS {
                self.findings.is_cut = true;
                break;
            }
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Start(tag) => self.start(&tag),
                Piece::End(name) => self.end(&name),
                Piece::Raw("style", style) => {
                    self.loaded_by(style);
                    self.sheet(style);
                }
                Piece::Raw("textarea", text) => self.text(text),
                Piece::Raw(..) => {}
            }
        }
        self.tree.close_down_to(0);
        self.judge_link();
    }

    fn text(&mut self, text: &str) {
        if self.left_out.is_some() {
            return;
        }
        if !text.trim().is_empty() {
            self.tree.make_room("");
        }
        if let Some((_, shown)) = &mut self.link
            && shown.len() < LONGEST_LINK_TEXT
        {
            shown.push_str(&decoded(text.get(..text.floor_char_boundary(LONGEST_LINK_TEXT)).unwrap_or(text)));
        }
        self.escaped(text);
    }

    /// Text with its character references as they are.
    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '<' => self.tree.output.push_str("&lt;"),
                '>' => self.tree.output.push_str("&gt;"),
                '\0' => {}
                letter => self.tree.output.push(letter),
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        self.tell_of(tag);
        let name = tag.name.as_str();
        if let Some((left_out, depth)) = &mut self.left_out {
            *depth += usize::from(*left_out == name);
            return;
        }
        if let Some(left_out) = LEFT_OUT.into_iter().find(|known| *known == name) {
            // Foreign elements alone are closed by a stroke.
            if !(tag.closes_itself && matches!(name, "svg" | "math")) {
                self.left_out = Some((left_out, 1));
            }
            return;
        }
        // The colours of a whole mail go together.
        let name = if name == "body" { "div" } else { name };
        let Some(name) = KEPT.into_iter().find(|known| *known == name) else { return };
        let source = if name == "img" { self.picture(tag) } else { None };
        let shows = |(name, value): &(String, &str)| name == "alt" && !value.trim().is_empty();
        if name == "img" && source.is_none() && !tag.attributes.iter().any(shows) {
            return;
        }
        let is_begun = self.tree.begin(name);
        self.judge_link();
        if is_begun {
            self.attributes(tag, source.as_deref());
            self.tree.begun(name);
        }
    }

    fn attributes(&mut self, tag: &Tag<'_>, source: Option<&str>) {
        if let Some(source) = source {
            self.attribute("src", source);
            if matches!(target::of(source), Target::Secure) {
                self.attribute("referrerpolicy", "no-referrer");
            }
        }
        let mut style = String::new();
        let has_class = tag.attributes.iter().any(|(name, _)| name == "class");
        if tag.name == "body" && !has_class {
            self.attribute("class", sheet::BODY);
        }
        for (attribute, value) in &tag.attributes {
            match (tag.name.as_str(), attribute.as_str()) {
                ("a", "href") => {
                    let address = target::cleaned(&decoded(value));
                    if let Target::Secure | Target::Plain | Target::Mail = target::of(&address) {
                        self.attribute("href", &address);
                        self.link = Some((address, String::new()));
                    }
                }
                (_, "style") => style.push_str(&decoded(value)),
                ("body", "bgcolor") => style.insert_str(0, &format!("background-color: {};", decoded(value))),
                ("body", "text") => style.insert_str(0, &format!("color: {};", decoded(value))),
                ("body", _) if !matches!(attribute.as_str(), "dir" | "lang" | "class") => {}
                (_, known) if ATTRIBUTES.contains(&known) && value.len() <= LONGEST_VALUE => {
                    // Its references are left as they are: it is no address.
                    self.tree.output.push(' ');
                    self.tree.output.push_str(known);
                    self.tree.output.push_str("=\"");
                    if tag.name == "body" && known == "class" {
                        self.tree.output.push_str(sheet::BODY);
                        self.tree.output.push(' ');
                    }
                    let quoted = value.replace('"', "&quot;");
                    self.escaped(&quoted);
                    self.tree.output.push('"');
                }
                _ => {}
            }
        }
        if let Some(style) = css::harmless(&style) {
            self.attribute("style", &style);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.tree.output.push(' ');
        self.tree.output.push_str(name);
        self.tree.output.push_str("=\"");
        let value = value.replace('&', "&amp;").replace('"', "&quot;");
        self.escaped(&value);
        self.tree.output.push('"');
    }

    /// What a picture may show.
    fn picture(&self, tag: &Tag<'_>) -> Option<String> {
        let (_, value) = tag.attributes.iter().find(|(name, _)| name == "src")?;
        let address = target::cleaned(&decoded(value));
        let parts = self.allowed.parts;
        match target::of(&address) {
            Target::Secure if self.allowed.remote_images && is_to_be_seen(tag, &address) => Some(address),
            Target::Content(id) => {
                let id = target::unescaped(id);
                let found = parts.iter().find(|(_, known)| *known == id);
                found.map(|(number, _)| format!("{}:{number}", target::PART))
            }
            Target::Part(number) => {
                let number = number.parse::<u32>().ok()?;
                let is_there = parts.iter().any(|(known, _)| *known == number);
                is_there.then(|| format!("{}:{number}", target::PART))
            }
            _ => None,
        }
    }

    /// Tells of all that a tag would load.
    fn tell_of(&mut self, tag: &Tag<'_>) {
        self.findings.has_form |= tag.name == "form";
        let is_picture = tag.name == "img" && self.left_out.is_none();
        for (name, value) in &tag.attributes {
            if is_picture && name == "src" && self.remote_picture(tag, &target::cleaned(&decoded(value))) {
                continue;
            }
            match name.as_str() {
                "style" => self.loaded_by(&decoded(value)),
                "srcset" | "imagesrcset" | "archive" => {
                    for address in decoded(value).split([' ', ',', '\t', '\n', '\r', '\u{c}']) {
                        self.block(address);
                    }
                }
                "href" if !LINKS.contains(&tag.name.as_str()) => self.block(&decoded(value)),
                // Of a meta refresh.
                "content" if tag.name == "meta" => {
                    let value = decoded(value);
                    if let Some((_, address)) = value.split_once(['=']) {
                        self.block(address.trim().trim_matches(['"', '\'']));
                    }
                }
                known if LOADING.contains(&known) => self.block(&decoded(value)),
                _ => {}
            }
        }
    }

    /// Takes a picture down that lies elsewhere. Whether it stays.
    fn remote_picture(&mut self, tag: &Tag<'_>, address: &str) -> bool {
        if !target::is_remote(address) {
            return false;
        }
        if !is_to_be_seen(tag, address) {
            let name = tracker::tracker(address).map(str::to_owned).or_else(|| target::host(address));
            let name = name.unwrap_or_default().chars().filter(|letter| !super::is_unseen(*letter)).collect();
            note(&mut self.findings.trackers, name);
            return false;
        }
        if target::of(address) != Target::Secure || address.len() > LONGEST_BLOCKED {
            return false;
        }
        note(&mut self.findings.images, address.to_owned());
        self.allowed.remote_images
    }

    fn sheet(&mut self, style: &str) {
        if self.left_out.is_none() && self.sheets.len() < LARGEST_SHEETS {
            let kept = guard::unless_it_panics(|| sheet::harmless(style)).unwrap_or_default();
            self.sheets.push_str(&kept);
        }
    }

    fn loaded_by(&mut self, style: &str) {
        let mut found = Vec::new();
        css::loaded(style, |address| found.push(address.to_owned()));
        for address in found {
            self.block(&address);
        }
    }

    fn block(&mut self, address: &str) {
        let address = target::cleaned(address);
        if self.findings.blocked.len() >= MOST_BLOCKED || !target::is_remote(&address) {
            return;
        }
        let address = address.get(..address.floor_char_boundary(LONGEST_BLOCKED)).unwrap_or_default();
        let address: String = address.chars().filter(|letter| !super::is_unseen(*letter)).collect();
        if self.findings.seen.insert(address.clone()) {
            self.findings.blocked.push(address);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((left_out, depth)) = &mut self.left_out {
            if *left_out == name {
                *depth -= 1;
                if *depth == 0 {
                    self.left_out = None;
                }
            }
            return;
        }
        self.tree.end(name);
        self.judge_link();
    }

    /// Compares the text of a link that was closed with its target.
    fn judge_link(&mut self) {
        if self.tree.take_closed_link()
            && let Some((address, shown)) = self.link.take()
        {
            self.findings.has_false_link |= spoof::is_false_link(&shown, &address);
        }
    }
}

/// Whether a picture is there for who reads the mail: large enough to be one, and of no service that is told by it.
fn is_to_be_seen(tag: &Tag<'_>, address: &str) -> bool {
    let is_tiny = |side: &str| {
        let value = tag.attributes.iter().find(|(name, _)| name == side).map(|(_, value)| value.trim());
        value.is_some_and(|value| {
            let digits = value.trim_end_matches("px").trim();
            !value.ends_with('%') && digits.parse::<f32>().is_ok_and(|length| length <= 2.0)
        })
    };
    !(is_tiny("width") && is_tiny("height")) && tracker::tracker(address).is_none()
}

/// Adds what isn't there yet.
fn note(noted: &mut Vec<String>, one: String) {
    if noted.len() < MOST_BLOCKED && !one.is_empty() && !noted.contains(&one) {
        noted.push(one);
    }
}
