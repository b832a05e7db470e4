//! Text and bytes across the boundary.

use std::ffi::c_char;

use crate::guard::Misuse;

/// Text: `len` bytes of UTF-8 without U+0000.
///
/// From the library it is always valid UTF-8, `ptr` is never NULL and `ptr[len]` is `'\0'`. Into the library `len` may be
/// `WAXWING_NUL_TERMINATED`, and NULL with `len` 0 is the empty text.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_str {
    pub ptr: *const c_char,
    pub len: usize,
}

/// Bytes. NULL with `len` 0 is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_bytes {
    pub ptr: *const u8,
    pub len: usize,
}

/// `WAXWING_NUL_TERMINATED` of the header.
const NUL_TERMINATED: usize = usize::MAX;

impl waxwing_str {
    /// A text that lives as long as the library; it ends in a NUL that is not part of it.
    pub(crate) fn of_static(text: &'static str) -> Self {
        debug_assert!(text.ends_with('\0'));
        Self { ptr: text.as_ptr().cast(), len: text.len().saturating_sub(1) }
    }

    pub(crate) fn empty() -> Self {
        Self::of_static("\0")
    }

    /// The caller's text, for as long as the call lasts.
    ///
    /// # Safety
    /// `ptr` and `len` describe memory that is readable and stays as it is during the call.
    pub(crate) unsafe fn read<'a>(self, name: &'static str) -> Result<&'a str, Misuse> {
        if self.ptr.is_null() {
            return match self.len {
                0 => Ok(""),
                _ => Err(Misuse::of(name, "is NULL with a length")),
            };
        }
        let bytes = if self.len == NUL_TERMINATED {
            // SAFETY: who says so has put a NUL there.
            unsafe { std::ffi::CStr::from_ptr(self.ptr) }.to_bytes()
        } else if isize::try_from(self.len).is_err() {
            return Err(Misuse::of(name, "is longer than memory"));
        } else {
            // SAFETY: the caller's promise.
            unsafe { std::slice::from_raw_parts(self.ptr.cast(), self.len) }
        };
        let text = std::str::from_utf8(bytes).map_err(|_| Misuse::of(name, "is not UTF-8"))?;
        if text.contains('\0') { Err(Misuse::of(name, "holds U+0000")) } else { Ok(text) }
    }
}

impl waxwing_bytes {
    pub(crate) fn empty() -> Self {
        Self { ptr: std::ptr::NonNull::dangling().as_ptr(), len: 0 }
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The caller's bytes, for as long as the call lasts.
    ///
    /// # Safety
    /// As `waxwing_str::read`.
    pub(crate) unsafe fn read<'a>(self, name: &'static str) -> Result<&'a [u8], Misuse> {
        if self.len == 0 {
            return Ok(&[]);
        }
        if self.ptr.is_null() {
            return Err(Misuse::of(name, "is NULL with a length"));
        }
        if isize::try_from(self.len).is_err() {
            return Err(Misuse::of(name, "is longer than memory"));
        }
        // SAFETY: the caller's promise.
        Ok(unsafe { std::slice::from_raw_parts(self.ptr, self.len) })
    }
}

/// Texts that live as long as what they are part of: each is stored with a NUL behind it, and none ever moves.
#[derive(Default)]
pub(crate) struct Texts {
    kept: Vec<Box<[u8]>>,
    /// The block that is being filled.
    open: Vec<u8>,
}

/// Texts are kept in blocks of this size; a longer one has a block of its own.
const BLOCK: usize = 16 * 1024;

impl Texts {
    /// Keeps a text. U+0000, which no text of the library has, would end it for C: it is left out.
    pub(crate) fn keep(&mut self, text: &str) -> waxwing_str {
        if text.is_empty() {
            return waxwing_str::empty();
        }
        let without: String;
        let text = if text.contains('\0') {
            without = text.replace('\0', "");
            without.as_str()
        } else {
            text
        };
        let needed = text.len() + 1;
        if needed > BLOCK {
            let mut block = Vec::with_capacity(needed);
            block.extend_from_slice(text.as_bytes());
            block.push(0);
            let block = block.into_boxed_slice();
            let kept = waxwing_str { ptr: block.as_ptr().cast(), len: text.len() };
            self.kept.push(block);
            return kept;
        }
        if self.open.capacity() - self.open.len() < needed {
            let full = std::mem::replace(&mut self.open, Vec::with_capacity(BLOCK));
            // A boxed slice of a vector with room left would be moved: it is kept as it is.
            self.kept.push(kept_in_place(full));
        }
        let start = self.open.len();
        self.open.extend_from_slice(text.as_bytes());
        self.open.push(0);
        // SAFETY: `start` is within the block, whose memory isn't moved any more.
        waxwing_str { ptr: unsafe { self.open.as_ptr().add(start) }.cast(), len: text.len() }
    }
}

impl Texts {
    /// Keeps bytes, which lie in a block of their own.
    pub(crate) fn keep_bytes(&mut self, bytes: &[u8]) -> waxwing_bytes {
        let block: Box<[u8]> = bytes.into();
        let kept = waxwing_bytes::of(&block);
        self.kept.push(block);
        kept
    }
}

/// The block as a slice over all of its memory, which stays where it is.
fn kept_in_place(mut block: Vec<u8>) -> Box<[u8]> {
    block.resize(block.capacity(), 0);
    block.into_boxed_slice()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn given(text: &[u8]) -> waxwing_str {
        waxwing_str { ptr: text.as_ptr().cast(), len: text.len() }
    }

    #[test]
    fn texts_stay_where_they_are_however_many_follow() {
        let mut texts = Texts::default();
        let long = "x".repeat(BLOCK * 2);
        let mut kept = Vec::new();
        for number in 0..10_000 {
            let text = if number == 500 { long.clone() } else { format!("text {number} ü") };
            kept.push((texts.keep(&text), text));
        }
        kept.push((texts.keep(""), String::new()));
        kept.push((texts.keep("a\0b"), "ab".into()));
        for (kept, text) in kept {
            // SAFETY: `texts` is alive.
            unsafe {
                assert_eq!(kept.read("kept").unwrap(), text);
                assert_eq!(*kept.ptr.add(kept.len), 0, "a NUL behind {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_refused_by_the_name_of_the_argument() {
        let said = |text: waxwing_str| unsafe { text.read("subject") }.unwrap_err().to_string();
        assert_eq!(said(given(b"\xff")), "subject is not UTF-8");
        assert_eq!(said(given(b"a\0b")), "subject holds U+0000");
        let null = |len| waxwing_str { ptr: std::ptr::null(), len };
        assert_eq!(said(null(1)), "subject is NULL with a length");
        assert_eq!(said(waxwing_str { len: usize::MAX - 1, ..given(b"a") }), "subject is longer than memory");
        // SAFETY: both describe nothing, or memory that ends in a NUL.
        unsafe {
            assert_eq!(null(0).read("subject").unwrap(), "");
            assert_eq!(waxwing_str { len: NUL_TERMINATED, ..given(b"ab\0c") }.read("subject").unwrap(), "ab");
        }
    }

    #[test]
    fn bytes_of_length_nothing_need_no_pointer() {
        // SAFETY: nothing is read.
        unsafe {
            assert_eq!(waxwing_bytes { ptr: std::ptr::null(), len: 0 }.read("secret").unwrap(), b"");
            let missing = waxwing_bytes { ptr: std::ptr::null(), len: 4 }.read("secret").unwrap_err();
            assert_eq!(missing.to_string(), "secret is NULL with a length");
        }
    }
}
