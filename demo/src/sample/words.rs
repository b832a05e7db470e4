//! What the older mails are made of. Curly braces are filled in by the generator: {day} {month} {n} {place} {thing}.

/// Someone who writes, what about, and in which words.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    pub(super) from: &'static str,
    pub(super) greeting: &'static str,
    pub(super) sign: &'static str,
    /// Subject and middle of the mail.
    pub(super) topics: &'static [(&'static str, &'static str)],
    /// Sends HTML as well, with pictures from elsewhere.
    pub(super) styled: bool,
}

pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 6] = ["January", "February", "March", "April", "May", "June"];
pub(super) const PLACES: [&str; 8] =
    ["Turin", "Lyon", "Bergen", "Ghent", "Trieste", "Gdynia", "Porto", "Umeå"];
pub(super) const THINGS: [&str; 10] = [
    "toaster",
    "desk lamp",
    "sewing machine",
    "accordion",
    "record player",
    "kettle",
    "folding chair",
    "radio",
    "umbrella",
    "music box",
];

/// First sentences that fit anything a person writes.
pub(super) const OPENINGS: [&str; 8] = [
    "I hope this finds you with your feet up.",
    "Thank you for your last mail; it made me laugh on the tram.",
    "Only a quick one between two kettles.",
    "It has been too long, and that is my fault.",
    "You were right about the weather, as always.",
    "I meant to write this on {day} and then there was cake.",
    "Sorry for the late answer, the week had only five days in it.",
    "Good news first, because there is some.",
];

/// Last sentences of the same kind.
pub(super) const CLOSINGS: [&str; 8] = [
    "No hurry with an answer.",
    "Tell me what you think when you have a quiet minute.",
    "If {day} is no good, any other day will do.",
    "Say hello to everyone at the workshop.",
    "And please bring the blue bag back some time, it misses me.",
    "I will call if anything changes.",
    "More when I know more.",
    "Until then, be well.",
];

pub(super) const PEOPLE: [Writer; 11] = [
    Writer {
        from: "Sven Dahl <sven@workshop.test>",
        greeting: "Hi Ada,",
        sign: "Sven",
        topics: &[
            (
                "The {thing} is back",
                "the {thing} from last week is back, and this time it hums in tune. I think it only wanted company. Could you look at the switch before we give it to its people?",
            ),
            (
                "Order for {month}",
                "I put together the order for {month}: solder, two sets of small screwdrivers and {n} fuses. If you need anything else, write it on the board or tell me by {day}.",
            ),
            (
                "Key for the side door",
                "the key for the side door is with the flower shop until {day}. They open at eight and know your name.",
            ),
            (
                "Shelf {n}",
                "shelf {n} has given up. Nobody was under it, and of all the boxes only the one with the lost screws fell, so nothing changed for them.",
            ),
            (
                "Who opens on {day}?",
                "can you open on {day}? I have the dentist at nine and a cousin at ten, and one of them takes longer than planned.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Noor <noor@workshop.test>",
        greeting: "Hello Ada,",
        sign: "Noor",
        topics: &[
            (
                "Numbers from the repair evening",
                "we had {n} visitors, repaired more than half of what they brought and drank all the tea. The longest queue was at the sewing table again. I would like a second machine there.",
            ),
            (
                "A photograph for the poster",
                "for the poster in {month} I would like hands and a {thing}, no faces. Do you have something like that from last year?",
            ),
            (
                "The grant, part two",
                "they like the idea and want to know how we count. I answered that we count what goes home in one piece. Can you check my table before {day}?",
            ),
            (
                "Volunteers",
                "three people have asked to join, one of them can sharpen anything. I have invited them for {day} at six. It would be good if you were there too.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Grandma <grandma@kestrel.example>",
        greeting: "Dear Ada,",
        sign: "Your Grandma",
        topics: &[
            (
                "plums",
                "the plums are early. I have made {n} jars already and the shelf is not pleased. Take some with you on {day}, and bring the empty ones, all of them, I have counted.",
            ),
            (
                "the cat",
                "the cat has found out how the larder opens. Nothing is missing but she looks at me differently. Your grandfather would have put up a bell.",
            ),
            (
                "a letter from Olga",
                "Olga has written from {place}. She is well and walks every day. She asks whether you still draw; I said yes, and that you never send any.",
            ),
            (
                "the telephone",
                "the new telephone is very clever. It told me that you had rung {n} times. I was in the garden. Ring once more and let it ring longer.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Tom Kestrel <tom@kestrel.example>",
        greeting: "Sis,",
        sign: "Tom",
        topics: &[
            (
                "Lotta has a question",
                "Lotta wants to know whether birds get bored and who one has to ask. I said I know someone. You have until bedtime on {day}.",
            ),
            (
                "The bunk bed",
                "we are building the bunk bed on {day}. You know how it goes: {n} screws, one missing. Do you still have the good bits?",
            ),
            (
                "Present for Mum",
                "for Mum I thought of the {thing} she keeps looking at when she thinks nobody sees. Shall we share?",
            ),
            (
                "Weekend in {month}",
                "we could all go to {place} for a weekend in {month}, before the school notices. The little hotel by the station still takes dogs and children, in that order.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Mira Lindqvist <mira@lindqvist.example>",
        greeting: "Hej Ada,",
        sign: "Kram, Mira",
        topics: &[
            (
                "The boat",
                "the boat is painted. It is called what you think it is called. The second coat goes on when it stops raining, so perhaps in {month}.",
            ),
            (
                "Sauna wood",
                "we have wood for {n} evenings. The neighbour says more than that is showing off, but he says it warmly, from inside.",
            ),
            (
                "Read this one",
                "I finished the book you gave me and gave it to my sister, who gave it to the man on the ferry. I can tell you the end if it doesn't come back.",
            ),
            (
                "From {place}",
                "I am in {place} until {day}, in a room above a bakery. I am awake at four and very well fed.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Jonas Weber <jonas.weber@mail.example>",
        greeting: "Hi Ada,",
        sign: "Jonas",
        topics: &[
            (
                "Bicycle, the green one",
                "the green bicycle rides again. New chain, old bell. If you want it for {month}, it is yours, I have two and only so many legs.",
            ),
            (
                "Concert on {day}?",
                "there is a concert on {day}, strings and a {thing}. I have {n} tickets because I was not paying attention. Come, and bring people.",
            ),
            (
                "The tent",
                "I have put up the tent in the living room to see what is missing. It is the living room that is missing now. Two pegs, otherwise complete.",
            ),
            (
                "Recipe with the lentils",
                "you asked about the lentils: onions first, long, then everything else, short. The secret is the vinegar at the end. Do not tell Mira that it is only vinegar.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Ines Okafor <ines@books.example>",
        greeting: "Dear circle,",
        sign: "Ines",
        topics: &[
            (
                "Book circle in {month}",
                "we meet on {day} at half past seven. Whoever has finished the book may bring wine, whoever has not may bring two bottles and say nothing.",
            ),
            (
                "Next book",
                "{n} votes for the sea, two for the detective, one for the dictionary. We read the one with the sea. The library has three copies, be nice to each other.",
            ),
            (
                "Lost at my place",
                "after the last evening I found a scarf, one glove and half a limerick. Claim them on {day}.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Bicycle club <rides@wheels.example>",
        greeting: "Riders,",
        sign: "Bo, for the club",
        topics: &[
            (
                "Sunday ride number {n}",
                "this Sunday it is the river and back, mostly flat. The part that isn't flat has a café at the top.",
            ),
            (
                "Helmets in {month}",
                "the shop gives the club a fifth off helmets until the end of {month}. A helmet that has fallen once is a bowl; please look at yours.",
            ),
            (
                "Lights",
                "it is getting darker than we admit. Check your lights by {day}; there are {n} spare sets in the club room, first come first seen.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Library <loans@library.example>",
        greeting: "Dear Ada Kestrel,",
        sign: "Your library",
        topics: &[
            (
                "A book you reserved is here",
                "the book you reserved waits for you at the desk until {day}. Your place in the line was {n}, and now it is your turn.",
            ),
            ("Your loans in {month}", "you have {n} books at home. All of them can be renewed once more."),
            (
                "We close early on {day}",
                "on {day} we close at four because the floor is being oiled. The box at the door stays open, it always does.",
            ),
        ],
        styled: true,
    },
    Writer {
        from: "Slow Kitchen <letter@slowkitchen.example>",
        greeting: "Dear cook,",
        sign: "Slow Kitchen",
        topics: &[
            (
                "A soup for {month}",
                "this week there is a soup that takes {n} minutes of work and two hours of not looking. Start with the onions. It always starts with the onions.",
            ),
            (
                "Bread without hurry",
                "mix it on {day} evening and forget it. The bread does the rest, and it is better at waiting than we are.",
            ),
            (
                "What to do with lemons",
                "squeeze half of them, salt the others, and keep one on the table because it looks well there.",
            ),
        ],
        styled: true,
    },
    Writer {
        from: "octo/waxwing <notifications@forge.example>",
        greeting: "A new comment on your issue:",
        sign: "Reply to this mail or view it: https://forge.example/octo/waxwing",
        topics: &[
            (
                "[octo/waxwing] Unread count is off by one after a move (#1{n})",
                "I can see it with the steps given. It is gone with the branch from {day}. Could you try that one and tell us?",
            ),
            (
                "[octo/waxwing] Keyboard: j and k in the reader (#2{n})",
                "the tests pass here. One small thing: the hint still says that the arrow keys do this. Otherwise ready to go in.",
            ),
            (
                "[octo/waxwing] Faster list for large mailboxes (#3{n})",
                "measured again on a laptop from {n} years ago: the first page is there before the key is up. Thank you for the patience.",
            ),
        ],
        styled: true,
    },
];

pub(super) const TRAVEL: [Writer; 3] = [
    Writer {
        from: "Rail Europe <bookings@rail.example>",
        greeting: "Dear Ada Kestrel,",
        sign: "Have a good journey",
        topics: &[
            (
                "Booking confirmed: {place}, {day}",
                "your seat is number {n}, at the window, in the direction of travel. Show the code in this mail on the train.",
            ),
            (
                "Your train to {place} leaves from another platform",
                "on {day} your train leaves from platform {n}. The time stays the same.",
            ),
            (
                "How was your journey to {place}?",
                "we hope you arrived well rested. If something was not right, answer this mail; a person reads it.",
            ),
        ],
        styled: true,
    },
    Writer {
        from: "Little Hotel {place} <desk@littlehotel.example>",
        greeting: "Dear guest,",
        sign: "The desk, day and night",
        topics: &[
            (
                "Your room from {day}",
                "we have kept room {n} for you, the one with the balcony. Breakfast is from seven, and late risers are forgiven until eleven.",
            ),
            (
                "You left something behind",
                "you left a {thing} in your room. It is safe with us, and we can send it or keep it for your next visit.",
            ),
        ],
        styled: false,
    },
    Writer {
        from: "Night Ferries <crew@ferries.example>",
        greeting: "Dear passenger,",
        sign: "Your crew",
        topics: &[
            (
                "Boarding on {day}",
                "boarding starts two hours before we leave and ends when the gulls go quiet. Your cabin is {n}, on the quiet side.",
            ),
            (
                "Wind on {day}",
                "there will be some wind. We leave as planned and go a little slower. There is ginger tea at the counter, and it is free.",
            ),
        ],
        styled: true,
    },
];

/// What ends up in Junk: plainly silly, and nobody's real trick.
pub(super) const JUNK: [Writer; 4] = [
    Writer {
        from: "PRIZE DEPARTMENT <winner@prizes.example>",
        greeting: "CONGRATULATION DEAR EMAIL OWNER!!!",
        sign: "The Prize Department (real)",
        topics: &[
            (
                "You have WON {n} umbrellas",
                "your address was drawn by a very serious machine. To receive your {thing} simply send us a photograph of your favourite spoon.",
            ),
            (
                "FINAL notice about your {thing}",
                "this is the final notice before the next final notice. Your {thing} is waiting and it is cold.",
            ),
        ],
        styled: true,
    },
    Writer {
        from: "Dr. Best Deals <deals@cheapest.example>",
        greeting: "Hello Friend,",
        sign: "Best Deals",
        topics: &[
            (
                "Only on {day}: {n} % off everything round",
                "wheels, plates, coins, the moon. If it is round, it is cheaper. Offer ends when you look away.",
            ),
            (
                "Increase your {thing} today",
                "people all over {place} have increased theirs. Ask us how. We will not say.",
            ),
        ],
        styled: true,
    },
    Writer {
        from: "Prince of Somewhere <prince@palace.example>",
        greeting: "Esteemed one,",
        sign: "A prince",
        topics: &[(
            "Confidential, about {n} chests",
            "I am in possession of {n} chests and no key. You look like a person with a key. Let us be friends.",
        )],
        styled: false,
    },
    Writer {
        from: "Search Rank Experts <rank@experts.example>",
        greeting: "Hi there,",
        sign: "Chad from Rank",
        topics: &[(
            "Your page on place {n}",
            "I looked at your page and it made me sad. For a small sum it can be on place one in {place} by {day}.",
        )],
        styled: false,
    },
];

/// What has been thrown away.
pub(super) const NOTICES: [Writer; 3] = [
    Writer {
        from: "Parcel shop <shop@parcels.example>",
        greeting: "Hello,",
        sign: "Your parcel shop",
        topics: &[
            ("Parcel {n} has arrived", "your parcel is here and can be fetched until {day}."),
            ("Parcel {n} is on its way", "it left {place} this morning and enjoys the view."),
        ],
        styled: true,
    },
    Writer {
        from: "Calendar <calendar@workshop.test>",
        greeting: "Reminder:",
        sign: "This mail was sent by a machine that means well.",
        topics: &[(
            "{day}: sweep the workshop",
            "it is your turn to sweep. The broom is behind the door, next to the other broom.",
        )],
        styled: false,
    },
    Writer {
        from: "Weather post <post@weather.example>",
        greeting: "Good morning,",
        sign: "Weather post",
        topics: &[(
            "Rain until {day}",
            "rain, then some more, then a break of {n} minutes around noon. Take the umbrella you like.",
        )],
        styled: true,
    },
];

/// What Ada answers.
pub(super) const ANSWERS: [&str; 10] = [
    "Yes, gladly. I'll be there a little before, to help with the chairs.",
    "That sounds good to me. Shall I bring anything besides an appetite?",
    "I can't on {day}, but every other day that week is fine.",
    "Thank you! I laughed, then I wrote it on the board.",
    "I will look at it tonight and tell you tomorrow.",
    "Done. It was the small screw, it is always the small screw.",
    "Let me ask the others and come back to you by {day}.",
    "Wonderful. Count me in, and count one more for Mira.",
    "I have one in the cellar. It is yours if you carry it.",
    "No objections, only admiration.",
];

/// What comes back to that.
pub(super) const ECHOES: [&str; 5] = [
    "Perfect, thank you. See you on {day}.",
    "Noted, underlined, on the fridge.",
    "Then it is settled. I'll tell the others.",
    "You are a treasure. The tea is on me.",
    "Good. And no, you don't need to bring cake, but nobody has ever been sent home with one.",
];
