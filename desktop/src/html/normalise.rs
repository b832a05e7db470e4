//! What mail expects and the layout engine does otherwise, written into the page before it is laid out: attributes of the time
//! before style sheets, chiefly of tables, become styles; pictures that aren't shown leave their words.

use blitz_dom::{Attribute, BaseDocument, DocumentMutator, LocalName, NodeId, QualName, local_name, ns};

use super::fold;

/// Makes a page of a mail ready to be laid out.
pub(super) fn normalise(document: &mut BaseDocument, folds: bool) {
    fold::fold(document, folds);
    let elements = elements(document);
    let mut page = document.mutate();
    for element in elements {
        element.write(&mut page);
    }
}

/// What is looked at of an element.
struct Element {
    id: NodeId,
    name: LocalName,
    attributes: Vec<(LocalName, String)>,
    /// The padding that the table asks of its cells.
    cell_padding: Option<String>,
}

/// All elements, parents before what is in them.
fn elements(document: &BaseDocument) -> Vec<Element> {
    let mut found = Vec::new();
    let mut open = vec![(document.root_element().id, None)];
    while let Some((id, cell_padding)) = open.pop() {
        let Some(node) = document.get_node(id) else { continue };
        let mut inner_padding: Option<String> = cell_padding.clone();
        if let Some(data) = node.element_data() {
            let attributes: Vec<(LocalName, String)> = data
                .attrs()
                .iter()
                .map(|attribute| (attribute.name.local.clone(), attribute.value.to_string()))
                .collect();
            let element = Element { id, name: data.name.local.clone(), attributes, cell_padding };
            if element.is("table") {
                inner_padding = element.number("cellpadding").map(|padding| format!("{padding}px"));
            }
            found.push(element);
        }
        open.extend(node.children.iter().rev().map(|child| (*child, inner_padding.clone())));
    }
    found
}

impl Element {
    fn is(&self, name: &str) -> bool {
        &*self.name == name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| &**known == name);
        found.map(|(_, value)| value.trim())
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.attribute(name)?.trim_end_matches("px").parse().ok().filter(|number| *number <= 1_000)
    }

    /// The properties that the mail itself sets here, with their values.
    fn declarations(&self) -> impl Iterator<Item = (&str, &str)> {
        let style = self.attribute("style").unwrap_or_default();
        let pairs = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        pairs.map(|(name, value)| (name.trim(), value.trim()))
    }

    /// Whether the mail itself says something about a property, or one that goes over it.
    fn styles(&self, property: &str) -> bool {
        self.declarations().any(|(name, _)| {
            name == property || name.strip_prefix(property).is_some_and(|rest| rest.starts_with('-'))
        })
    }

    fn write(&self, page: &mut DocumentMutator<'_>) {
        if self.is("table") {
            self.table(page);
        }
        if self.is("td") || self.is("th") {
            if let Some(padding) = &self.cell_padding {
                self.style(page, "padding", padding);
            }
            if self.attribute("nowrap").is_some() {
                self.style(page, "white-space", "nowrap");
            }
        }
        if let Some(colour) = self.attribute("bgcolor") {
            self.style(page, "background-color", &colour_of(colour));
        }
        if let Some(way) = self.attribute("valign") {
            self.style(page, "vertical-align", way);
        }
        if !self.is("table")
            && !self.is("img")
            && !self.is("hr")
            && let Some(way) = self.attribute("align")
        {
            self.style(page, "text-align", way);
        }
        if self.is("ol")
            && let Some(kind) = self.attribute("type")
        {
            self.style(page, "list-style-type", numbering(kind));
        }
        if self.is("font") {
            self.font(page);
        }
        if self.is("a") && self.attribute("href").is_some_and(|address| url::Url::parse(address).is_err()) {
            // The engine ends at an address that isn't one.
            page.clear_attribute(self.id, name(local_name!("href")));
        }
        if self.is("img") && self.attribute("src").is_none() {
            self.words_of_picture(page);
        }
    }

    /// Writes a style, unless the mail has its own.
    fn style(&self, page: &mut DocumentMutator<'_>, property: &str, value: &str) {
        if !self.styles(property) {
            page.set_style_property(self.id, property, value);
        }
    }

    fn table(&self, page: &mut DocumentMutator<'_>) {
        let collapses = self
            .declarations()
            .any(|(name, value)| name == "border-collapse" && value.starts_with("collapse"));
        if collapses {
            page.set_style_property(self.id, "border-collapse", "separate");
            page.set_style_property(self.id, "border-spacing", "0");
        } else if let Some(spacing) = self.number("cellspacing") {
            self.style(page, "border-spacing", &format!("{spacing}px"));
        }
        match self.attribute("align").map(str::to_ascii_lowercase).as_deref() {
            Some("center" | "middle") if !self.styles("margin") => {
                page.set_style_property(self.id, "margin-left", "auto");
                page.set_style_property(self.id, "margin-right", "auto");
            }
            Some(side @ ("left" | "right")) => self.style(page, "float", side),
            _ => {}
        }
        if let Some(border) = self.number("border").filter(|border| *border > 0) {
            self.style(page, "border", &format!("{border}px outset #808080"));
        }
    }

    fn font(&self, page: &mut DocumentMutator<'_>) {
        if let Some(colour) = self.attribute("color") {
            self.style(page, "color", &colour_of(colour));
        }
        if let Some(face) = self.attribute("face") {
            self.style(page, "font-family", face);
        }
        if let Some(size) = self.attribute("size") {
            self.style(page, "font-size", font_size(size));
        }
    }

    /// A picture that isn't shown: its words in a frame of its size.
    fn words_of_picture(&self, page: &mut DocumentMutator<'_>) {
        let words = self.attribute("alt").unwrap_or_default();
        if words.is_empty() {
            page.remove_node(self.id);
            return;
        }
        let mut style = self.attribute("style").unwrap_or_default().to_owned();
        for side in ["width", "height"] {
            if let Some(length) = self.number(side).filter(|_| !self.styles(side)) {
                style.push_str(&format!(";max-{side}:{length}px"));
            }
        }
        let attribute = |local, value: String| Attribute { name: name(local), value };
        let attributes = vec![
            attribute(local_name!("class"), "waxwing-picture".to_owned()),
            attribute(local_name!("style"), style),
        ];
        let frame = page.create_element(QualName::new(None, ns!(html), local_name!("span")), attributes);
        let text = page.create_text_node(words);
        page.append_children(frame, &[text]);
        page.replace_node_with(self.id, &[frame]);
    }
}

fn name(local: LocalName) -> QualName {
    QualName::new(None, ns!(), local)
}

/// A colour as the time before style sheets wrote it: names and hexadecimal digits, with or without a `#`.
fn colour_of(colour: &str) -> String {
    let digits = colour.trim_start_matches('#');
    let is_hexadecimal =
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|octet| octet.is_ascii_hexdigit());
    if is_hexadecimal { format!("#{digits}") } else { colour.to_owned() }
}

/// How an ordered list counts (HTML, section 4.4.5).
fn numbering(kind: &str) -> &'static str {
    match kind {
        "a" => "lower-alpha",
        "A" => "upper-alpha",
        "i" => "lower-roman",
        "I" => "upper-roman",
        _ => "decimal",
    }
}

/// The sizes of `font`, 1 to 7, absolute or from 3 on.
fn font_size(size: &str) -> &'static str {
    let number = size.trim_start_matches(['+', '-']).parse::<i32>().unwrap_or(0);
    let absolute = match size.as_bytes().first() {
        Some(b'+') => 3 + number,
        Some(b'-') => 3 - number,
        _ => number,
    };
    match absolute {
        i32::MIN..=1 => "x-small",
        2 => "small",
        3 => "medium",
        4 => "large",
        5 => "x-large",
        6 => "xx-large",
        7.. => "xxx-large",
    }
}
