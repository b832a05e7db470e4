// Writes mails as programs that send newsletters and receipts write them: `node write.mjs DIRECTORY`, beside node_modules.
// Pictures are at https://img.example/WIDTHxHEIGHT/COLOUR.png.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [directory, modules] = process.argv.slice(2);
const require = createRequire(join(modules, "package.json"));
const mjml = require("mjml");
const Mailgen = require("mailgen");

const picture = (width, height, colour) => `https://img.example/${width}x${height}/${colour}.png`;
const lorem =
  "The first cranes were seen over the bay on Tuesday, three weeks before anybody had expected them. " +
  "Whoever stood on the dam counted four hundred by noon, and by the evening nobody counted any more.";

const column = (inside, attributes = "") => `<mj-column ${attributes}>${inside}</mj-column>`;
const section = (inside, attributes = "") => `<mj-section ${attributes}>${inside}</mj-section>`;
const text = (words, attributes = "") => `<mj-text ${attributes}>${words}</mj-text>`;
const image = (width, height, colour, attributes = "") =>
  `<mj-image src="${picture(width, height, colour)}" width="${width}px" alt="A picture" ${attributes}/>`;
const button = (words, attributes = "") => `<mj-button href="https://shop.example/" ${attributes}>${words}</mj-button>`;

const letters = {
  plain: section(column(text(lorem) + text(lorem) + text("Yours, the editors"))),
  hero: section(
    column(
      text("A new season", 'font-size="32px" color="#ffffff" align="center" line-height="40px"') +
        text("Boots, coats and lamps for the long evenings.", 'color="#dde6ee" align="center"') +
        button("See all of it", 'background-color="#f2a03d" color="#202020"'),
    ),
    'background-color="#24425c" padding="40px 20px"',
  ),
  two_columns: section(
    column(image(250, 140, "8aa399") + text("<b>Left</b><br/>" + lorem)) +
      column(image(250, 140, "c9a27a") + text("<b>Right</b><br/>" + lorem)),
  ),
  three_columns: section(
    ["7d8ca3", "a37d8c", "8ca37d"]
      .map((colour, place) => column(image(150, 100, colour) + text(`Offer ${place + 1}`, 'align="center"') + button("Buy")))
      .join(""),
    'background-color="#f4f4f4"',
  ),
  receipt: section(
    column(
      text("Receipt 4471", 'font-size="22px"') +
        `<mj-table><tr style="border-bottom:1px solid #ecedee;text-align:left;"><th>What</th><th>How many</th><th style="text-align:right">Price</th></tr>
         <tr><td>Lamp, brass</td><td>2</td><td style="text-align:right">84.00</td></tr>
         <tr><td>Bulb</td><td>4</td><td style="text-align:right">12.40</td></tr>
         <tr style="border-top:2px solid #333"><td><b>All</b></td><td></td><td style="text-align:right"><b>96.40</b></td></tr></mj-table>`,
    ),
  ),
  divider: section(
    column(
      text("News", 'font-size="20px"') +
        '<mj-divider border-color="#b04a3a" border-width="3px"/>' +
        text(lorem) +
        '<mj-divider border-color="#cccccc" border-style="dashed" border-width="1px"/>' +
        text(lorem, 'font-style="italic" color="#666666"'),
    ),
  ),
  social: section(
    column(
      text("Follow us", 'align="center"') +
        `<mj-social mode="horizontal" font-size="13px" icon-size="24px">
          <mj-social-element src="${picture(24, 24, "4460a0")}" href="https://a.example/">One</mj-social-element>
          <mj-social-element src="${picture(24, 24, "50a0e0")}" href="https://b.example/">Two</mj-social-element>
        </mj-social>` +
        text("12 Harbour Street, Exeter<br/><a href='https://a.example/u'>Unsubscribe</a>", 'align="center" font-size="11px" color="#888888"'),
    ),
  ),
  cards: [1, 2, 3]
    .map((place) =>
      section(
        column(text(`<b>Card ${place}</b>`) + text(lorem), 'background-color="#ffffff" border="1px solid #d0d0d0" border-radius="8px" padding="8px"'),
        'background-color="#e9eef2" padding="12px"',
      ),
    )
    .join(""),
  navigation:
    section(
      column(
        `<mj-navbar base-url="https://a.example"><mj-navbar-link href="/a" color="#1d5c57">Lamps</mj-navbar-link>
         <mj-navbar-link href="/b" color="#1d5c57">Boots</mj-navbar-link><mj-navbar-link href="/c" color="#1d5c57">Coats</mj-navbar-link></mj-navbar>`,
      ),
    ) + section(column(image(540, 200, "5c7a8a") + text("A picture across", 'font-size="18px" align="center"'))),
  wrapper: `<mj-wrapper background-color="#2b2b33" padding="24px">${section(column(text(lorem, 'color="#eeeeee"')), 'background-color="#3a3a46"')}${section(
    column(button("Go on", 'background-color="#7a5cff"')),
    'background-color="#3a3a46"',
  )}</mj-wrapper>`,
  side_by_side: section(
    column(image(120, 120, "a05050"), 'width="30%" vertical-align="middle"') +
      column(text("<h2 style='margin:0'>A thing</h2>" + lorem), 'width="70%" vertical-align="middle"'),
  ),
  list: section(
    column(
      text(`<p>Before you leave:</p><ul><li>Close the windows</li><li>Turn the water off</li><li>Give the key to Mrs Berg</li></ul>
            <ol><li>First the boat</li><li>Then the car</li></ol><p>That is all.</p>`),
    ),
  ),
  buttons: section(
    column(
      button("Yes", 'background-color="#1d7a3e" border-radius="20px" font-size="16px"') +
        button("No", 'background-color="#ffffff" color="#b03030" border="2px solid #b03030"') +
        button("Perhaps", 'width="300px" background-color="#dddddd" color="#333333" inner-padding="16px"'),
    ),
  ),
  large_type: section(
    column(
      text("50 %", 'font-size="72px" line-height="80px" align="center" color="#b04a3a" font-weight="700"') +
        text("off until Sunday", 'align="center" font-size="24px" letter-spacing="4px" text-transform="uppercase"'),
    ),
    'background-color="#fff4e6" border="4px solid #b04a3a"',
  ),
};

for (const [name, body] of Object.entries(letters)) {
  const { html } = mjml(
    `<mjml><mj-head><mj-preview>Seen in the list</mj-preview><mj-attributes><mj-all font-family="Noto Sans"/></mj-attributes></mj-head><mj-body>${body}</mj-body></mjml>`,
  );
  writeFileSync(join(directory, `mjml_${name}.html`), html);
}

const mails = {
  welcome: {
    name: "Ada",
    intro: "Welcome. We are glad that you are here.",
    action: { instructions: "To begin, press here:", button: { color: "#22bc66", text: "Confirm the account", link: "https://a.example/c" } },
    outro: "Questions? Answer this mail.",
  },
  order: {
    name: "Ada",
    intro: "Your order is on its way.",
    table: {
      data: [
        { item: "Lamp", description: "Brass, 40 cm", price: "42.00" },
        { item: "Bulb", description: "Warm", price: "3.10" },
      ],
      columns: { customWidth: { item: "20%", price: "15%" }, customAlignment: { price: "right" } },
    },
    outro: "It comes on Thursday.",
  },
};
for (const theme of ["default", "salted", "neopolitan", "cerberus"]) {
  const generator = new Mailgen({ theme, product: { name: "Harbour", link: "https://harbour.example/", copyright: "Harbour, Exeter" } });
  for (const [name, body] of Object.entries(mails)) {
    writeFileSync(join(directory, `mailgen_${theme}_${name}.html`), generator.generate({ body }));
  }
}
