#include "importers/child_sandbox.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace keyaki::importers {

namespace {

[[noreturn]] void refuse(const char *what) {
    throw geo::Error(geo::ErrorKind::internal,
                     fmt::format("expected the kernel to take {} from the reading process, found: {}", what, std::strerror(errno)));
}

void limit(__rlimit_resource_t resource, std::uint64_t value, const char *what) {
    rlimit wanted{value, value};
    rlimit present{};
    if (getrlimit(resource, &present) == 0 && present.rlim_max < value) {
        wanted = {present.rlim_max, present.rlim_max};
    }
    if (setrlimit(resource, &wanted) != 0) {
        refuse(what);
    }
}

struct SeccompRelease {
    void operator()(void *filter) const noexcept { seccomp_release(filter); }
};

/// Calls that answer EPERM: sockets, other processes, changes of the file system. Names unknown to this machine's architecture are passed over.
constexpr std::array denied_calls = {"socket",
                                     "socketpair",
                                     "connect",
                                     "bind",
                                     "listen",
                                     "accept",
                                     "accept4",
                                     "sendto",
                                     "sendmsg",
                                     "sendmmsg",
                                     "execve",
                                     "execveat",
                                     "fork",
                                     "vfork",
                                     "ptrace",
                                     "kill",
                                     "tkill",
                                     "pidfd_open",
                                     "pidfd_send_signal",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "unlink",
                                     "unlinkat",
                                     "rename",
                                     "renameat",
                                     "renameat2",
                                     "mkdir",
                                     "mkdirat",
                                     "rmdir",
                                     "link",
                                     "linkat",
                                     "symlink",
                                     "symlinkat",
                                     "chmod",
                                     "fchmod",
                                     "fchmodat",
                                     "chown",
                                     "fchown",
                                     "fchownat",
                                     "lchown",
                                     "truncate",
                                     "creat",
                                     "mknod",
                                     "mknodat",
                                     "mount",
                                     "umount2",
                                     "chroot",
                                     "pivot_root",
                                     "unshare",
                                     "setns",
                                     "bpf",
                                     "perf_event_open",
                                     "keyctl",
                                     "add_key",
                                     "request_key",
                                     "userfaultfd",
                                     "io_uring_setup",
                                     "memfd_create",
                                     "shmget"};

void deny(scmp_filter_ctx filter, const char *name, int error, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) {
        return;
    }
    const int problem = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call,
                                               static_cast<unsigned>(conditions.size()), conditions.begin());
    if (problem != 0) {
        errno = -problem;
        refuse(name);
    }
}

void filter_calls() {
    const std::unique_ptr<void, SeccompRelease> filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) {
        refuse("system calls");
    }
    for (const char *name : denied_calls) {
        deny(filter.get(), name, EPERM);
    }
    // Threads yes, processes no. clone3 hides its flags in memory: without it the C library falls back to clone.
    deny(filter.get(), "clone3", ENOSYS);
    deny(filter.get(), "clone", EPERM, {SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)});
    // Files are opened for reading only.
    for (const int mode : {O_WRONLY, O_RDWR}) {
        deny(filter.get(), "open", EACCES, {SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, static_cast<scmp_datum_t>(mode))});
        deny(filter.get(), "openat", EACCES, {SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, static_cast<scmp_datum_t>(mode))});
    }
    deny(filter.get(), "openat2", ENOSYS); // hides its flags in memory too
    const int problem = seccomp_load(filter.get());
    if (problem != 0) {
        errno = -problem;
        refuse("system calls");
    }
}

} // namespace

void enter_sandbox() {
    std::signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_CORE, 0, "core dumps");
    limit(RLIMIT_FSIZE, 0, "writing files");
    limit(RLIMIT_NOFILE, child_open_files, "open files");
    limit(RLIMIT_CPU, child_cpu_s, "processor time");
    limit(RLIMIT_AS, child_address_space_bytes, "memory");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        refuse("new privileges");
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        refuse("a life after its parent");
    }
    filter_calls();
}

} // namespace keyaki::importers
