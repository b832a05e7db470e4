//! The C ABI of the Waxwing mail core. Every request is a core `Command`, every answer a core `Event`.
