//! What stands between C and the core: pointers that may be NULL, structs that may be older, panics that must not cross.

use std::fmt;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use waxwing_core::{Error, ErrorKind};

use crate::client::waxwing_client;
use crate::status::{WAXWING_OK, waxwing_status};

/// A mistake of the caller's, with the name of the argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misuse {
    argument: &'static str,
    what: &'static str,
}

impl Misuse {
    pub(crate) const fn of(argument: &'static str, what: &'static str) -> Self {
        Self { argument, what }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.argument, self.what)
    }
}

/// Why a call fails.
pub(crate) enum Fault {
    Misuse(Misuse),
    Core(Error),
}

impl Fault {
    pub(crate) fn of(kind: ErrorKind) -> Self {
        Self::Core(Error::new(kind))
    }

    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Misuse(_) => Error::new(ErrorKind::InvalidInput),
            Self::Core(error) => error,
        }
    }

    pub(crate) fn status(&self) -> waxwing_status {
        match self {
            Self::Misuse(_) => ErrorKind::InvalidInput.code(),
            Self::Core(error) => error.kind().code(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Core(error) => error.fmt(f),
        }
    }
}

impl From<Misuse> for Fault {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

/// A pointer of the caller's that should not be NULL.
pub(crate) type In<'a, T> = MaybeUninit<&'a T>;
pub(crate) type Out<'a, T> = MaybeUninit<&'a mut T>;

/// What it points at.
///
/// # Safety
/// It is NULL or points at a `T` that lives during the call.
pub(crate) unsafe fn given<'a, T>(pointer: In<'a, T>, name: &'static str) -> Result<&'a T, Misuse> {
    // SAFETY: a pointer is read as one, whatever its value.
    let pointer: *const T = unsafe { pointer.as_ptr().cast::<*const T>().read() };
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or(Misuse::of(name, "is NULL"))
}

/// Where an answer goes: it is written once, on success.
pub(crate) struct Slot<T>(*mut T);

impl<T> Slot<T> {
    /// # Safety
    /// It is NULL or points at memory for a `T`, of whatever content, that nobody else touches during the call.
    pub(crate) unsafe fn of(pointer: Out<'_, T>, name: &'static str) -> Result<Self, Misuse> {
        // SAFETY: a pointer is read as one, whatever its value.
        let pointer: *mut T = unsafe { pointer.as_ptr().cast::<*mut T>().read() };
        if pointer.is_null() { Err(Misuse::of(name, "is NULL")) } else { Ok(Self(pointer)) }
    }

    /// Where an answer goes that the caller may do without.
    ///
    /// # Safety
    /// As `of`.
    pub(crate) unsafe fn of_nullable(pointer: *mut T) -> Option<Self> {
        if pointer.is_null() { None } else { Some(Self(pointer)) }
    }

    pub(crate) fn fill(self, value: T) {
        // SAFETY: it isn't NULL, and the rest was promised when it was made.
        unsafe { self.0.write(value) };
    }
}

/// A slot for a pointer: NULL until the call has succeeded.
///
/// # Safety
/// As `Slot::of`.
pub(crate) unsafe fn slot_for_pointer<T>(
    pointer: Out<'_, *mut T>,
    name: &'static str,
) -> Result<Slot<*mut T>, Misuse> {
    // SAFETY: the caller's promise.
    let slot = unsafe { Slot::of(pointer, name)? };
    // SAFETY: as in `fill`.
    unsafe { slot.0.write(std::ptr::null_mut()) };
    Ok(slot)
}

/// Memory of the caller's to be written to.
///
/// # Safety
/// It is NULL or points at `len` bytes, which hold values and nobody else touches for as long as the slice lives.
pub(crate) unsafe fn room<'a>(
    pointer: Out<'_, u8>,
    len: usize,
    name: &'static str,
) -> Result<&'a mut [u8], Misuse> {
    // SAFETY: a pointer is read as one, whatever its value.
    let pointer: *mut u8 = unsafe { pointer.as_ptr().cast::<*mut u8>().read() };
    if pointer.is_null() {
        return Err(Misuse::of(name, "is NULL"));
    }
    if isize::try_from(len).is_err() {
        return Err(Misuse::of(name, "is longer than memory"));
    }
    // Whatever was there, from here on it is a value.
    // SAFETY: the caller's promise.
    unsafe { pointer.write_bytes(0, len) };
    // SAFETY: as above.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer, len) })
}

/// Takes back what was given out.
///
/// # Safety
/// It is NULL, or was made by `Box::into_raw` and isn't used any more.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    or_else((), || {
        if !pointer.is_null() {
            // SAFETY: the caller's promise.
            drop(unsafe { Box::from_raw(pointer) });
        }
    });
}

/// `struct_size` of a struct.
#[allow(clippy::cast_possible_truncation, reason = "structs are small")]
pub(crate) const fn size<T>() -> u32 {
    size_of::<T>() as u32
}

/// A struct that callers make: it begins with its size and is all zeros where nothing was said.
///
/// # Safety
/// Its first field is a `u32`, and it is valid where all its bytes are zero.
pub(crate) unsafe trait Sized32: Copy {
    /// Its size in version 1.0.
    const FIRST: usize;
}

/// The caller's struct, of this version or an older one; what a newer caller says beyond it is not known here.
///
/// # Safety
/// It is NULL or points at as many bytes as its first field says.
pub(crate) unsafe fn sized<T: Sized32>(pointer: In<'_, T>, name: &'static str) -> Result<T, Misuse> {
    // SAFETY: a pointer is read as one, whatever its value.
    let pointer: *const T = unsafe { pointer.as_ptr().cast::<*const T>().read() };
    if pointer.is_null() {
        return Err(Misuse::of(name, "is NULL"));
    }
    // SAFETY: every such struct begins with its size.
    let size = unsafe { pointer.cast::<u32>().read() };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size < T::FIRST || size > T::FIRST * 16 {
        return Err(Misuse::of(name, "has a struct_size that is no version's"));
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both have that many bytes, and what isn't copied is zero, which is valid.
    unsafe {
        std::ptr::copy_nonoverlapping(
            pointer.cast::<u8>(),
            value.as_mut_ptr().cast::<u8>(),
            size.min(size_of::<T>()),
        );
        Ok(value.assume_init())
    }
}

/// Runs a call on a client: a failure is logged, a panic becomes E_INTERNAL.
pub(crate) fn on_client(
    client: In<'_, waxwing_client>,
    call: &'static str,
    work: impl FnOnce(&waxwing_client) -> Result<(), Fault>,
) -> waxwing_status {
    // SAFETY: the caller's promise: NULL or a client that lives.
    let client = match unsafe { given(client, "client") } {
        Ok(client) => client,
        Err(misuse) => return Fault::from(misuse).status(),
    };
    match caught(|| work(client)) {
        Ok(()) => WAXWING_OK,
        Err(fault) => {
            client.log_fault(call, &fault);
            fault.status()
        }
    }
}

/// The same for a call that gives a pointer, which is NULL until it has succeeded.
pub(crate) fn from_client<T>(
    client: In<'_, waxwing_client>,
    call: &'static str,
    out: Out<'_, *mut T>,
    work: impl FnOnce(&waxwing_client) -> Result<Box<T>, Fault>,
) -> waxwing_status {
    // SAFETY: the caller's promise: NULL or memory for a pointer.
    let slot = unsafe { slot_for_pointer(out, "out") };
    on_client(client, call, |client| {
        let slot = slot?;
        slot.fill(Box::into_raw(work(client)?));
        Ok(())
    })
}

/// Runs something that may panic.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let work = || {
        #[cfg(test)]
        injected::strike();
        work()
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Fault::of(ErrorKind::Bug)))
}

/// The same for a call that can't say that it failed.
pub(crate) fn or_else<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    caught(|| Ok(work())).unwrap_or(otherwise)
}

/// Panics on purpose, at the next entry of this thread.
#[cfg(test)]
pub(crate) mod injected {
    use std::cell::Cell;

    thread_local!(static NEXT: Cell<bool> = const { Cell::new(false) });

    pub(crate) fn next() {
        NEXT.set(true);
    }

    #[allow(clippy::panic)]
    pub(super) fn strike() {
        if NEXT.replace(false) {
            panic!("injected");
        }
    }
}
