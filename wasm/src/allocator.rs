//! Memory by a list of free blocks: a module that scores asks for little and seldom, and the
//! allocator of the standard library is a tenth of its size.

#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());
