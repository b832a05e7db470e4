//! The elements that are open while HTML is written anew: so that what is written is balanced, not deep, and read by
//! browsers as it stands.

/// Deepest nesting; the tags of what is deeper are left out, not its text.
const DEEPEST: usize = 200;
/// Elements that stay.
pub(super) const KEPT: [&str; 78] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
    "data",
    "hgroup",
];
/// Elements without content.
const EMPTY: [&str; 5] = ["br", "col", "hr", "img", "wbr"];
/// Parts of a table, which make no sense elsewhere.
const OF_TABLES: [&str; 9] = ["caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"];
/// Elements that end a paragraph that is open.
const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "form",
];

/// What is written, with what is open in it.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) output: String,
    /// Outermost first.
    open: Vec<&'static str>,
    /// A link was closed since it was last asked.
    has_closed_link: bool,
}

impl Tree {
    pub(super) fn take_closed_link(&mut self) -> bool {
        std::mem::take(&mut self.has_closed_link)
    }

    /// Begins an element, up to its attributes. `false`: it makes no sense here, or is too deep.
    pub(super) fn begin(&mut self, name: &'static str) -> bool {
        if OF_TABLES.contains(&name) && !self.open.contains(&"table") {
            return false;
        }
        self.close_before(name);
        self.make_room(name);
        if self.open.len() >= DEEPEST {
            return false;
        }
        self.output.push('<');
        self.output.push_str(name);
        true
    }

    /// Ends the tag that was begun.
    pub(super) fn begun(&mut self, name: &'static str) {
        self.output.push('>');
        if !EMPTY.contains(&name) {
            self.open.push(name);
        }
    }

    /// What an end tag closes.
    pub(super) fn end(&mut self, name: &str) {
        let within: &[&str] = if name == "table" {
            &[]
        } else if OF_TABLES.contains(&name) {
            &["table"]
        } else {
            &["table", "td", "th", "caption"]
        };
        match KEPT.into_iter().find(|known| *known == name) {
            // Browsers take these for a line and a paragraph.
            Some("br") => self.output.push_str("<br>"),
            Some(name) => self.close_within(name, within),
            None => {}
        }
    }

    /// Closes what ends where another element begins, as browsers do.
    fn close_before(&mut self, name: &'static str) {
        let cells = ["table", "td", "th", "caption"];
        match name {
            "li" => self.close_within("li", &["ul", "ol", "td", "th", "table", "caption"]),
            "dd" | "dt" => {
                self.close_within("dd", &["dl", "td", "th", "table", "caption"]);
                self.close_within("dt", &["dl", "td", "th", "table", "caption"]);
            }
            "td" | "th" => {
                for cell in ["td", "th", "caption", "colgroup"] {
                    self.close_within(cell, &["table"]);
                }
            }
            "tr" => {
                for part in ["tr", "caption", "colgroup"] {
                    self.close_within(part, &["table"]);
                }
            }
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => {
                if let Some(table) = self.open.iter().rposition(|open| *open == "table") {
                    self.close_down_to(table + 1);
                }
            }
            "a" => self.close_within("a", &cells),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.close_within("p", &cells);
                if self.open.last().is_some_and(|last| last.len() == 2 && last.starts_with('h')) {
                    self.close_down_to(self.open.len().saturating_sub(1));
                }
            }
            _ => {}
        }
        if BLOCKS.contains(&name) {
            self.close_within("p", &cells);
        }
    }

    /// A table holds rows, and rows hold cells: what stands between them gets a cell of its own. Browsers would move it
    /// before the table, one after another, which takes long where there is much of it.
    pub(super) fn make_room(&mut self, name: &str) {
        if self.open.last() == Some(&"colgroup") && name != "col" {
            self.close_down_to(self.open.len().saturating_sub(1));
        }
        let missing: &[&'static str] = match self.open.last() {
            Some(&("table" | "tbody" | "thead" | "tfoot")) => match name {
                "tr" | "tbody" | "thead" | "tfoot" | "caption" | "colgroup" | "col" => &[],
                "td" | "th" => &["tr"],
                _ => &["tr", "td"],
            },
            Some(&"tr") if name != "td" && name != "th" => &["td"],
            _ => &[],
        };
        for name in missing {
            self.output.push('<');
            self.output.push_str(name);
            self.output.push('>');
            self.open.push(name);
        }
    }

    /// Closes an element if it is open, and not outside of one of these.
    fn close_within(&mut self, name: &str, walls: &[&str]) {
        let inmost = self.open.iter().rposition(|open| *open == name || walls.contains(open));
        if let Some(place) = inmost
            && self.open.get(place).is_some_and(|open| *open == name)
        {
            self.close_down_to(place);
        }
    }

    pub(super) fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(name) = self.open.pop() else { return };
            self.output.push_str("</");
            self.output.push_str(name);
            self.output.push('>');
            self.has_closed_link |= name == "a";
        }
    }
}
