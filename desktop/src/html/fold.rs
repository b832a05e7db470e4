//! What is quoted at the end of a mail, put away behind a link: it was read before.

use blitz_dom::{Attribute, BaseDocument, Node, NodeId, QualName, local_name, ns};

use super::page::FOLD;

/// Shorter quotes stay: they say what is answered to. In bytes of text.
const SHORTEST: usize = 200;

/// How programs that write mail call what they quote (the class of its element).
const QUOTES: [&str; 6] = [
    "gmail_quote",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "tutanota_quote",
    // Ours, of an earlier mail in plain text that goes on to the end.
    "waxwing-original",
];
/// The same of the line that says who wrote it, where it stands before the quote; the second is ours, of plain text.
const INTRODUCTIONS: [&str; 2] = ["moz-cite-prefix", "waxwing-introduction"];

/// Writes the link that folds and unfolds the quotes at the end; `folds` takes them out.
pub(super) fn fold(document: &mut BaseDocument, folds: bool) {
    let quotes = quotes_at_the_end(document);
    let Some(first) = quotes.first().copied() else { return };
    let mut page = document.mutate();
    let attribute =
        |local, value: &str| Attribute { name: QualName::new(None, ns!(), local), value: value.into() };
    let element = |local| QualName::new(None, ns!(html), local);
    let attributes =
        vec![attribute(local_name!("href"), FOLD), attribute(local_name!("class"), "waxwing-fold")];
    let link = page.create_element(element(local_name!("a")), attributes);
    let dots = page.create_text_node("•••");
    page.append_children(link, &[dots]);
    let line = page.create_element(element(local_name!("div")), Vec::new());
    page.append_children(line, &[link]);
    page.insert_nodes_before(first, &[line]);
    if folds {
        for quote in quotes {
            page.remove_node(quote);
        }
    }
}

/// What a mail says, in order: `None` for words of its author.
fn quotes_at_the_end(document: &BaseDocument) -> Vec<NodeId> {
    let mut said: Vec<Option<NodeId>> = Vec::new();
    let mut open = vec![document.root_element().id];
    while let Some(id) = open.pop() {
        let Some(node) = document.get_node(id) else { continue };
        if is_quote(node) {
            said.push(Some(id));
        } else if is_visible(node) {
            said.push(None);
        } else if !is_unseen(node) {
            open.extend(node.children.iter().rev());
        }
    }
    let own = said.iter().rposition(Option::is_none);
    let Some(own) = own else { return Vec::new() };
    let quotes: Vec<NodeId> = said.iter().skip(own + 1).filter_map(|quote| *quote).collect();
    let length: usize = quotes
        .iter()
        .filter_map(|quote| document.get_node(*quote))
        .filter(|quote| !is_introduction(quote))
        .map(|quote| quote.text_content().trim().len())
        .sum();
    if length < SHORTEST { Vec::new() } else { quotes }
}

fn has_class(node: &Node, known: &[&str]) -> bool {
    let classes = node.attr(local_name!("class")).unwrap_or_default();
    classes.split_whitespace().any(|class| known.contains(&class))
}

fn is_named(node: &Node, names: &[&str]) -> bool {
    node.element_data().is_some_and(|element| names.contains(&&*element.name.local))
}

fn is_quote(node: &Node) -> bool {
    is_named(node, &["blockquote"]) || has_class(node, &QUOTES) || is_introduction(node)
}

fn is_introduction(node: &Node) -> bool {
    has_class(node, &INTRODUCTIONS)
}

fn is_unseen(node: &Node) -> bool {
    is_named(node, &["head", "style", "title"])
}

/// Whether it is something to see by itself: text, or a picture.
fn is_visible(node: &Node) -> bool {
    match node.text_data() {
        Some(text) => text.content.chars().any(|letter| !letter.is_whitespace() && letter != '\u{200b}'),
        None => is_named(node, &["img", "hr"]),
    }
}
