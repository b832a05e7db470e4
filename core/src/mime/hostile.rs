//! HTML of those who want something: what runs, what asks, what loads, and what costs time (SAFETY.md 13, 14).

use std::time::{Duration, Instant as Clock};

use proptest::prelude::*;

use super::sanitise::{Allowed, Findings, sanitised};

/// No timing: what looks at all of it again for each piece takes far longer than this.
const NO_HANG: Duration = Duration::from_secs(180);

fn parts() -> Vec<(u32, String)> {
    vec![(1, "logo@a.example".into()), (3, "x%y".into())]
}

fn clean_with(html: &str, remote_images: bool) -> (String, Findings) {
    let mut findings = Findings::default();
    let parts = parts();
    let shown = sanitised(html, Allowed { remote_images, parts: &parts }, &mut findings);
    (shown, findings)
}

#[track_caller]
fn shows(html: &str, wanted: &str) {
    assert_eq!(clean_with(html, false).0, wanted, "of {html}");
}

#[track_caller]
fn blocks(html: &str, wanted: &[&str]) {
    let (shown, findings) = clean_with(html, false);
    assert_eq!(findings.blocked, wanted, "of {html}");
    assert_is_harmless(&shown, false);
}

/// Tags of what was serialised: names, and attributes with their values. Strict: whatever isn't just so is a failure.
#[track_caller]
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut tags = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag that ends");
        assert!(!text.contains('>'), "a stray > in {html:?}");
        let mut rest = tag.strip_prefix('/').unwrap_or(tag);
        let end = rest.find(' ').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        assert!(
            !name.is_empty()
                && name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit())
        );
        rest = after;
        let mut attributes = Vec::new();
        while let Some(attribute) = rest.strip_prefix(' ') {
            let (key, value) = attribute.split_once("=\"").expect("an attribute with a value");
            let (value, after) = value.split_once('"').expect("a value that ends");
            attributes.push((key.to_owned(), value.to_owned()));
            rest = after;
        }
        assert_eq!(rest, "", "of <{tag}>");
        tags.push((name.to_owned(), attributes));
    }
    tags
}

/// What no mail's HTML may hold, whatever it was before.
#[track_caller]
fn assert_is_harmless(shown: &str, remote_images: bool) {
    let shown = shown.replace("&lt;", "").replace("&gt;", "");
    const NEVER: [&str; 34] = [
        "applet",
        "area",
        "audio",
        "base",
        "body",
        "button",
        "embed",
        "form",
        "frame",
        "frameset",
        "head",
        "html",
        "iframe",
        "image",
        "input",
        "link",
        "map",
        "math",
        "meta",
        "noscript",
        "object",
        "param",
        "plaintext",
        "portal",
        "script",
        "select",
        "source",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "track",
        "video",
    ];
    for (name, attributes) in tags(markup_of(&shown)) {
        assert!(!NEVER.contains(&name.as_str()), "<{name}> in {shown}");
        for (key, value) in attributes {
            let plain = super::markup::decoded(&value).to_ascii_lowercase();
            match key.as_str() {
                "href" => {
                    let schemes = ["http://", "https://", "mailto:"];
                    assert!(
                        name == "a" && schemes.iter().any(|scheme| plain.starts_with(scheme)),
                        "{key}={value}"
                    );
                }
                "src" => {
                    let is_remote = remote_images && plain.starts_with("https://");
                    assert!(
                        name == "img" && (is_remote || plain.starts_with("waxwing-part:")),
                        "{key}={value}"
                    );
                }
                "style" => {
                    let bad =
                        ["url", "http", "//", "@", "\\", "expression", "import", "position", "binding", "/*"];
                    assert!(!bad.iter().any(|bad| plain.contains(bad)), "{key}={value}");
                }
                "rel" => assert_eq!(value, "noopener noreferrer"),
                "referrerpolicy" => assert_eq!(value, "no-referrer"),
                key => {
                    let ours = [
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
                        "summary",
                        "title",
                        "type",
                        "valign",
                        "vspace",
                        "width",
                    ];
                    assert!(ours.contains(&key), "{key} in {shown}");
                }
            }
        }
    }
}

/// The markup without the style sheets before it, which hold nothing but looks.
fn markup_of(shown: &str) -> &str {
    let Some((sheet, markup)) = shown.strip_prefix("<style>").and_then(|rest| rest.split_once("</style>"))
    else {
        return shown;
    };
    let plain = sheet.to_ascii_lowercase();
    for bad in
        ["url", "http", "//", "\\", "expression", "import", "font-face", "position", "binding", "/*", "<"]
    {
        assert!(!plain.contains(bad), "{bad} in {sheet}");
    }
    markup
}

#[test]
fn style_sheets_stay_as_far_as_they_say_how_things_look() {
    shows(
        "<style>.a{color:red;position:fixed} @media (max-width:480px){.a{width:100%}}</style><p class=a>x</p>",
        "<style>.a{color: red}\n@media (max-width:480px){.a{width: 100%}\n}\n</style><p class=\"a\">x</p>",
    );
    shows("<style>p{color:red}</style>", "");
    shows("<style>p{background:url(x)}</style><p>x</p>", "<p>x</p>");
    shows("<svg><style>p{color:red}</style></svg><p>x</p>", "<p>x</p>");
}

#[test]
fn mail_of_every_day_looks_as_it_did() {
    shows("<p>Hello <b>you</b> &amp; all</p>", "<p>Hello <b>you</b> &amp; all</p>");
    shows(
        "<html><head><title>T</title></head><body bgcolor=#ffffff text=black><h1 align=center>H</h1></body></html>",
        "<div class=\"waxwing-body\" style=\"color: black; background-color: #ffffff\"><h1 align=\"center\">H</h1></div>",
    );
    shows(
        "<table width=100%><tr><td style='color:red;padding:0 1px'>a<td>b<tr><th>c</table>",
        "<table width=\"100%\"><tbody><tr><td style=\"color: red; padding: 0 1px\">a</td><td>b</td></tr><tr><th>c</th></tr></tbody></table>",
    );
    shows("<ul><li>a<li>b</ul><p>c<p>d", "<ul><li>a</li><li>b</li></ul><p>c</p><p>d</p>");
    shows("1 < 2 &lt;b> &eacute; &unknown;", "1 &lt; 2 &lt;b&gt; é &amp;unknown;");
    shows(
        "<a href='https://a.example/?x=1&y=2' target=_blank onclick=x()>go</a>",
        "<a href=\"https://a.example/?x=1&amp;y=2\" rel=\"noopener noreferrer\">go</a>",
    );
    shows(
        "<a href=mailto:a@b.example>m</a>",
        "<a href=\"mailto:a@b.example\" rel=\"noopener noreferrer\">m</a>",
    );
    shows(
        "<img src=cid:logo%40a.example alt='Caf&eacute;' width=5>",
        "<img src=\"waxwing-part:1\" alt=\"Café\" width=\"5\">",
    );
}

#[test]
fn nothing_runs() {
    for html in [
        "<script>alert(1)</script>x",
        "<SCRIPT SRC=https://a.example/x.js></SCRIPT>x",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>x",
        "<img/src=x/onerror=alert(1)>x",
        "<img src='x' onerror\n=\n'alert(1)'>x",
        "<svg onload=alert(1)>x",
        "<svg><script>alert(1)</script></svg>x",
        "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>x",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href='&#1;javascript:alert(1)'>x</a>",
        "<a href=java&#115;cript&colon;alert(1)>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<iframe src=javascript:alert(1)></iframe>x",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data=javascript:alert(1)><embed src=javascript:alert(1)>x</object>",
        "<body onload=alert(1)>x",
        "<div style='width:expression(alert(1))'>x</div>",
        "<div style='-moz-binding:url(x)'>x</div>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<textarea><img src=x onerror=alert(1)></textarea>",
        "<title><img src=x onerror=alert(1)></title>",
        "<xmp><img src=x onerror=alert(1)></xmp><plaintext><img src=x onerror=alert(1)>",
        "<style><img src='</style><img src=x onerror=alert(1)//'>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml version='1.0'?><script>alert(1)</script>",
        "<p title=\"--><script>alert(1)</script>\">x</p>",
        "<p title='\"><script>alert(1)</script>'>x</p>",
        "<template><script>alert(1)</script></template>",
        "<select><option><script>alert(1)</script></select>",
        "<isindex action=javascript:alert(1)>",
        "<button formaction=javascript:alert(1)>x</button>",
        "<details open ontoggle=alert(1)>x</details>",
        "<a href='#' id=location name=cookie>x</a>",
        "<base href='javascript:alert(1)//'>x",
        "\0<scr\0ipt>alert(1)</scr\0ipt>",
        "<a href=\"https://a.example\" ping=\"https://b.example\" download>x</a>",
    ] {
        for remote_images in [false, true] {
            let (shown, _) = clean_with(html, remote_images);
            assert_is_harmless(&shown, remote_images);
            let again = clean_with(&shown, remote_images).0;
            assert_eq!(again, shown, "{html} is shown the same a second time");
        }
    }
}

#[test]
fn nothing_asks_or_goes_elsewhere() {
    let (shown, findings) = clean_with(
        "<meta http-equiv=refresh content='0; url=https://m.example/'><base href=https://b.example/>\
         <form action=https://f.example><input name=password><button>Log in</button></form>",
        false,
    );
    assert_eq!(shown, "Log in");
    assert!(findings.has_form);
    assert_eq!(findings.blocked, ["https://m.example/"]);
    assert!(!clean_with("<p>form</p>", false).1.has_form);
    shows(
        "<a href=file:///etc/passwd>a</a><a href=//x.example>b</a>",
        "<a rel=\"noopener noreferrer\">a</a><a rel=\"noopener noreferrer\">b</a>",
    );
}

#[test]
fn nothing_loads_and_all_that_would_is_told() {
    blocks("<img src=https://a.example/1.gif>", &["https://a.example/1.gif"]);
    blocks("<IMG SRC = ' HTTP://a.example/1 '>", &["HTTP://a.example/1"]);
    blocks("<img src=&#104;ttps&colon;//a.example/2>", &["https://a.example/2"]);
    blocks("<img src='h\nttps://a.example/3'>", &["https://a.example/3"]);
    blocks("<img src=//a.example/4><img src='\\\\a.example\\5'>", &["//a.example/4", "\\\\a.example\\5"]);
    blocks(
        "<img srcset='https://a.example/6 1x, https://a.example/7 2x'>",
        &["https://a.example/6", "https://a.example/7"],
    );
    blocks(
        "<picture><source srcset=https://a.example/8><img src=cid:logo@a.example></picture>",
        &["https://a.example/8"],
    );
    blocks(
        "<body background=https://a.example/9><table background=http://a.example/10>",
        &["https://a.example/9", "http://a.example/10"],
    );
    blocks("<p style='background:url(https://a.example/11)'>", &["https://a.example/11"]);
    blocks("<p style='background:u\\72l(\"https://a.example/12\")'>", &["https://a.example/12"]);
    blocks("<p style=background:url&#40;https://a.example/13&#41;>", &["https://a.example/13"]);
    blocks(
        "<style>@import 'https://a.example/14'; @font-face{src:url(//a.example/15)}</style>",
        &["https://a.example/14", "//a.example/15"],
    );
    blocks(
        "<svg><image xlink:href=https://a.example/16 /><use href=https://a.example/17 /></svg>",
        &["https://a.example/16", "https://a.example/17"],
    );
    blocks("<svg><style>a{fill:url(https://a.example/18)}</style></svg>", &["https://a.example/18"]);
    blocks(
        "<link rel=stylesheet href=https://a.example/19><link rel=dns-prefetch href=//a.example>",
        &["https://a.example/19", "//a.example"],
    );
    blocks(
        "<video poster=https://a.example/20 src=https://a.example/21><source src=https://a.example/22></video>",
        &["https://a.example/20", "https://a.example/21", "https://a.example/22"],
    );
    blocks(
        "<audio src=https://a.example/23></audio><input type=image src=https://a.example/24>",
        &["https://a.example/23", "https://a.example/24"],
    );
    blocks(
        "<iframe src=https://a.example/25></iframe><object data=https://a.example/26></object>",
        &["https://a.example/25", "https://a.example/26"],
    );
    blocks(
        "<embed src=https://a.example/27><frame src=https://a.example/28><script src=https://a.example/29></script>",
        &["https://a.example/27", "https://a.example/28", "https://a.example/29"],
    );
    blocks("<img src=https://a.example/30><img src=https://a.example/30>", &["https://a.example/30"]);
    blocks(
        "<a href=https://a.example>https://a.example</a><img src=a.gif><img src=data:image/gif;base64,AA>",
        &[],
    );
    blocks("<img src=file://a.example/share/x><img src=file:///etc/passwd>", &["file://a.example/share/x"]);
}

#[test]
fn asked_for_pictures_alone_are_loaded_and_by_https_alone() {
    let (shown, findings) = clean_with(
        "<img src=https://a.example/1 srcset=https://a.example/2><img src=http://a.example/3 alt=three>\
         <p style='background:url(https://a.example/4)'>x</p><svg><img src=https://a.example/5></svg>",
        true,
    );
    assert_eq!(
        shown,
        "<img src=\"https://a.example/1\" referrerpolicy=\"no-referrer\"><img alt=\"three\"><p>x</p>"
    );
    let wanted = ["https://a.example/2", "http://a.example/3", "https://a.example/4", "https://a.example/5"];
    assert_eq!(findings.blocked, wanted);
}

#[test]
fn only_parts_of_the_same_mail_are_reached() {
    shows("<img src=cid:other@a.example><img src=cid:other alt=o>", "<img alt=\"o\">");
    shows("<img src=cid:x%25y>", "<img src=\"waxwing-part:3\">");
    shows(
        "<img src=waxwing-part:1><img src=waxwing-part:2><img src=waxwing-part:../1>",
        "<img src=\"waxwing-part:1\">",
    );
    shows(
        "<a href=waxwing-part:1>x</a><a href=cid:logo@a.example>y</a>",
        "<a rel=\"noopener noreferrer\">x</a><a rel=\"noopener noreferrer\">y</a>",
    );
}

#[test]
fn what_one_part_leaves_open_ends_with_it() {
    shows("<table><tr><td><div><b>x", "<table><tbody><tr><td><div><b>x</b></div></td></tr></tbody></table>");
    shows("</div></td></table>x</p>", "x");
    shows("<a href='https://a.example/", "");
}

#[test]
fn links_that_pretend_are_noticed() {
    let pretends = |html: &str| clean_with(html, false).1.has_false_link;
    assert!(pretends("<a href=https://evil.test/><b>https://</b>bank.example/login</a>"));
    assert!(pretends("<a href=https://evil.test/>bank.ex&#97;mple"));
    assert!(!pretends("<a href=https://www.bank.example/>bank.example</a>"));
    assert!(!pretends("<a href=https://evil.test/>Log in</a>"));
}

#[test]
fn text_between_the_cells_of_a_table_is_shown() {
    shows(
        "<table>a<tr>b<td>c</table>d",
        "<table><tbody><tr><td>a</td></tr><tr><td>b</td><td>c</td></tr></tbody></table>d",
    );
}

#[test]
fn much_of_anything_costs_bounded_time() {
    for piece in [
        "<",
        "<a",
        "<a b='",
        "</",
        "<!--",
        "<!-->",
        "<style>",
        "<div>",
        "<b>",
        "<p><b>",
        "<font size=1>",
        "<table>",
        "<table>x",
        "<table><tr>",
        "<svg></",
        "<a href=https://a.example>",
        "<img src=https://a.example/",
        " a",
        "a=1 ",
        "&",
        "&#",
        "url(",
        "<p style=\"url(",
        "<p style='\"",
        "\\",
        "/*",
        "<li>",
        "</p>",
        "<select>",
        "<math>",
        "<template>",
        "<td>",
        "<h1>",
        "<nobr>",
        "<b><i>",
        "<form>",
        "&amp;",
        "<a></p>",
    ] {
        let many = piece.repeat((1 << 18) / piece.len());
        for html in [many.clone(), format!("<a {many}"), format!("<style>{many}"), format!("<table>{many}")] {
            let start = Clock::now();
            let (shown, findings) = clean_with(&html, true);
            assert!(start.elapsed() < NO_HANG, "{piece}: {:?}", start.elapsed());
            assert!(shown.len() < 16 << 20 && findings.blocked.len() <= 1_000, "{piece}: {}", shown.len());
        }
    }
}

/// Pieces of which hostile HTML is made.
const PIECES: [&str; 62] = [
    "<",
    ">",
    "\"",
    "'",
    "=",
    "/",
    " ",
    "<!--",
    "-->",
    "&#x3a;",
    "&lt;",
    "&gt;",
    "&quot;",
    "\0",
    "\n",
    "<script",
    "</script>",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<p>",
    "</p>",
    "<a ",
    "href=",
    "javascript:",
    "https://a.example/",
    "<img ",
    "src=",
    "onerror=",
    "x",
    " style=\"",
    "color:red;",
    "url(",
    ")",
    "<form>",
    "</form>",
    "<template>",
    "<select>",
    "<iframe ",
    "srcdoc=",
    "<b>",
    "</b>",
    "<i>",
    "<div ",
    "</div>",
    "title=\"",
    "<textarea>",
    "</textarea>",
    "<noscript>",
    "<![CDATA[",
    "]]>",
    "cid:logo@a.example",
    "<object data=",
    "<meta ",
    "<li>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless(html in "\\PC{0,300}", remote_images in any::<bool>()) {
        assert_is_harmless(&clean_with(&html, remote_images).0, remote_images);
    }

    #[test]
    fn any_shuffle_of_markup_is_harmless(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let html: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        let (shown, _) = clean_with(&html, false);
        assert_is_harmless(&shown, false);
        assert_is_harmless(&clean_with(&shown, false).0, false);
    }

    #[test]
    fn any_bytes_can_be_opened(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let wanted = super::Wanted { html: true, remote_images: false, headers: true };
        let opened = super::open(&raw, wanted);
        assert_is_harmless(&opened.html, false);
        assert_eq!(opened.parts.len(), opened.email.attachments.len());
    }

    #[test]
    fn any_html_mail_can_be_opened(html in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let html: String = html.into_iter().map(|piece| PIECES[piece]).collect();
        let raw = format!("Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}");
        let wanted = super::Wanted { html: true, remote_images: true, headers: true };
        assert_is_harmless(&super::open(raw.as_bytes(), wanted).html, true);
    }
}
