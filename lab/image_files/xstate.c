/*
 * Copyright (c) 2026, the laico.lvs authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preloaded into User-Mode Linux on hosts whose processors have AMX.
 *
 * To give a guest's process its registers, User-Mode Linux hands the host the first 2.7 kB of the
 * XSAVE area. The host (arch/x86/kernel/fpu/regset.c, xstateregs_set) takes a whole area or
 * answers EFAULT, and with AMX the whole is 11 kB: the guest's init dies at its first instruction.
 * So a short area is completed with zeroes, and the features that lie there are marked unused.
 *
 * No headers: a compiler without the C library's development files is enough.
 */

struct area {
    void *base;
    unsigned long length;
};

extern void *dlsym(void *handle, const char *symbol);
extern void *memcpy(void *to, const void *from, unsigned long length);

enum {
    GETREGSET = 0x4204,  /* PTRACE_GETREGSET of linux/ptrace.h */
    SETREGSET = 0x4205,  /* PTRACE_SETREGSET */
    XSTATE = 0x202,      /* NT_X86_XSTATE of linux/elf.h */
    IN_USE = 512,        /* XSTATE_BV: the first word of the XSAVE header */
    KNOWN = 0x2ff,       /* x87 to PKRU; what comes after lies beyond the short area */
    MAXIMUM = 65536
};

static char whole[MAXIMUM];

static unsigned long whole_length(long (*call)(long, long, void *, void *), long pid)
{
    static unsigned long length;
    static char scratch[MAXIMUM];
    struct area area = {scratch, MAXIMUM};

    if (length == 0 && call(GETREGSET, pid, (void *)XSTATE, &area) == 0)
        length = area.length;
    return length;
}

long ptrace(long request, long pid, void *address, void *data)
{
    static long (*call)(long, long, void *, void *);
    struct area *given = data;
    struct area area;

    if (!call)
        call = dlsym((void *)-1L /* RTLD_NEXT */, "ptrace");
    request = (int)request;
    pid = (int)pid;
    if (request != SETREGSET || (long)address != XSTATE)
        return call(request, pid, address, data);
    area.base = whole;
    area.length = whole_length(call, pid);
    if (given->length >= area.length || given->length < IN_USE + 8)
        return call(request, pid, address, data);
    memcpy(whole, given->base, given->length);
    *(unsigned long *)(whole + IN_USE) &= KNOWN;
    return call(request, pid, address, &area);
}
