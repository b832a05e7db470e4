//! What is on a screen right now, pixel by pixel: Xvfb keeps its screen in a file (`-fbdir`), in the format of xwd.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A colour: red, green, blue.
pub type Colour = [u8; 3];

/// A part of a screen, in pixels from its top left corner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub x: Range<u32>,
    pub y: Range<u32>,
}

impl Area {
    /// Columns `x` of rows `y`.
    pub fn new(x: Range<u32>, y: Range<u32>) -> Self {
        Self { x, y }
    }
}

/// A screen at one moment.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    octets: Vec<u8>,
    /// Where the first pixel is, and how many octets a line takes.
    start: usize,
    line: usize,
}

/// Places in the header of an xwd file (X11/XWDFile.h), which counts in words of 32 bits, most significant octet
/// first.
const HEADER_SIZE: usize = 0;
const WIDTH: usize = 4;
const HEIGHT: usize = 5;
const BYTE_ORDER: usize = 7;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLOUR_COUNT: usize = 19;
/// Octets of one entry of its table of colours.
const COLOUR_SIZE: usize = 12;

impl Picture {
    /// Reads a file that Xvfb keeps its screen in.
    pub(crate) fn read(path: &Path) -> Self {
        let octets = fs::read(path).expect("Xvfb keeps its screen in a file");
        let word = |place: usize| {
            let octets = octets[place * 4..place * 4 + 4].try_into().expect("four octets");
            u32::from_be_bytes(octets)
        };
        assert_eq!((word(BITS_PER_PIXEL), word(BYTE_ORDER)), (32, 0), "32 bits a pixel, blue first");
        let start = word(HEADER_SIZE) as usize + word(COLOUR_COUNT) as usize * COLOUR_SIZE;
        let (width, height, line) = (word(WIDTH), word(HEIGHT), word(BYTES_PER_LINE) as usize);
        Self { width, height, start, line, octets }
    }

    /// The colour there.
    pub fn at(&self, x: u32, y: u32) -> Colour {
        let place = self.start + y as usize * self.line + x as usize * 4;
        [self.octets[place + 2], self.octets[place + 1], self.octets[place]]
    }

    /// Every colour of an area, line by line.
    pub fn colours(&self, area: &Area) -> Vec<Colour> {
        let area = area.clone();
        area.y.flat_map(|y| area.x.clone().map(move |x| (x, y))).map(|(x, y)| self.at(x, y)).collect()
    }

    /// How many pixels of an area are within `tolerance` of a colour, in each of its parts.
    pub fn count(&self, area: &Area, colour: Colour, tolerance: u8) -> usize {
        self.colours(area).into_iter().filter(|other| is_near(*other, colour, tolerance)).count()
    }

    /// How many pixels of an area differ clearly from the colour of its first one.
    pub fn ink(&self, area: &Area) -> usize {
        let ground = self.at(area.x.start, area.y.start);
        self.colours(area).into_iter().filter(|other| !is_near(*other, ground, 40)).count()
    }
}

fn is_near(one: Colour, other: Colour, tolerance: u8) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) <= tolerance)
}
