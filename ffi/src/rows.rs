//! Immutable snapshots of lists: an array of rows that a caller steps through by a stride.

use std::mem::MaybeUninit;

use std::any::Any;
use std::ffi::c_void;

use crate::guard::{self, given, or_else};
use crate::text::Texts;

/// An immutable snapshot of a list, opaque; see `waxwing_rows_array`.
pub struct waxwing_rows {
    array: waxwing_array,
    _rows: Box<dyn Any + Send + Sync>,
    _texts: Texts,
}

// SAFETY: nothing of it changes once it is made; what its pointers lead to is its own, or static.
unsafe impl Send for waxwing_rows {}
// SAFETY: as above.
unsafe impl Sync for waxwing_rows {}

/// Rows: the one at `i` is at `(const char *)base + i * stride`, `0 <= i < count`, and of the type named by the call that
/// made the snapshot. Never use `sizeof` of it as the stride: rows grow at their end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_array {
    /// NULL where `count` is 0.
    pub base: *const c_void,
    pub count: usize,
    pub stride: usize,
    /// Of a message list: see LIST_CHANGED. Else 0.
    pub generation: u64,
    /// How many rows the whole list has, `count` where the snapshot isn't of a message list.
    pub total: u64,
    /// The place of row 0 in the whole list.
    pub first: u64,
}

impl waxwing_array {
    pub(crate) const NONE: Self =
        Self { base: std::ptr::null(), count: 0, stride: 0, generation: 0, total: 0, first: 0 };
}

/// A row: plain data whose pointers lead into the snapshot's texts.
///
/// # Safety
/// It owns nothing, and may be read from any thread for as long as the texts it was made with live.
pub(crate) unsafe trait Row: 'static {}

/// Rows on their way into a snapshot.
struct Held<R: Row>(#[allow(dead_code, reason = "it is read through the array's pointer")] Box<[R]>);

// SAFETY: see `Row`.
unsafe impl<R: Row> Send for Held<R> {}
// SAFETY: see `Row`.
unsafe impl<R: Row> Sync for Held<R> {}

impl waxwing_rows {
    pub(crate) fn array(&self) -> waxwing_array {
        self.array
    }

    /// A whole list.
    pub(crate) fn of<R: Row>(rows: Vec<R>, texts: Texts) -> Box<Self> {
        let total = rows.len() as u64;
        Self::window(rows, texts, (0, 0, total))
    }

    /// Some rows of a list: its generation, the place of the first, and how many there are in all.
    pub(crate) fn window<R: Row>(
        rows: Vec<R>,
        texts: Texts,
        (generation, first, total): (u64, u64, u64),
    ) -> Box<Self> {
        let rows = rows.into_boxed_slice();
        let base: *const c_void = if rows.is_empty() { std::ptr::null() } else { rows.as_ptr().cast() };
        let array =
            waxwing_array { base, count: rows.len(), stride: size_of::<R>(), generation, total, first };
        Box::new(Self { array, _rows: Box::new(Held(rows)), _texts: texts })
    }
}

/// The rows of a snapshot. Reads memory only; borrowed from `rows`.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_rows_array(rows: MaybeUninit<&waxwing_rows>) -> waxwing_array {
    or_else(waxwing_array::NONE, || {
        // SAFETY: the caller's promise: NULL or rows that live.
        unsafe { given(rows, "rows") }.map_or(waxwing_array::NONE, |rows| rows.array)
    })
}

/// Frees a snapshot. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn waxwing_rows_free(rows: *mut waxwing_rows) {
    // SAFETY: the caller's promise: NULL, or it was given by the library, once, and is given back.
    unsafe { guard::free(rows) };
}
