#include "importers/child_sandbox.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/landlock.h>
#include <memory>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace keyaki::importers {

namespace {

[[noreturn]] void refuse(const char *what) {
    throw geo::Error(geo::ErrorKind::internal,
                     fmt::format("expected the kernel to take {} from the reading process, found: {}", what, std::strerror(errno)));
}

/// \param grace between the soft limit, which the process is told of, and the hard one
void limit(__rlimit_resource_t resource, std::uint64_t value, const char *what, std::uint64_t grace = 0) {
    rlimit present{};
    const std::uint64_t most = getrlimit(resource, &present) == 0 ? present.rlim_max : value + grace;
    const std::uint64_t hard = std::min<std::uint64_t>(value + grace, most);
    const rlimit wanted{hard - std::min(grace, hard / 2), hard};
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

class RuleSet {
  public:
    explicit RuleSet(const landlock_ruleset_attr &rules)
        : m_descriptor(static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0))) {}
    RuleSet(const RuleSet &) = delete;
    RuleSet &operator=(const RuleSet &) = delete;
    ~RuleSet() { close(m_descriptor); }

    /// Passed over where there is no such path: not every system has a /lib64.
    void allow_reading(const std::filesystem::path &path) {
        const int place = open(path.c_str(), O_PATH | O_CLOEXEC);
        if (place < 0) {
            return;
        }
        const bool folder = std::filesystem::is_directory(path);
        const std::uint64_t access = folder ? LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR : LANDLOCK_ACCESS_FS_READ_FILE;
        const landlock_path_beneath_attr beneath{access, place};
        const long result = syscall(SYS_landlock_add_rule, m_descriptor, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
        close(place);
        if (result != 0) {
            refuse("files");
        }
    }
    void enforce() {
        if (m_descriptor < 0 || syscall(SYS_landlock_restrict_self, m_descriptor, 0) != 0) {
            refuse("files");
        }
    }

  private:
    int m_descriptor;
};

bool is_part_of_shapefile(const std::filesystem::path &path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension == ".shp" || extension == ".dbf" || extension == ".shx" || extension == ".prj" || extension == ".cpg";
}

/// Landlock, Linux 5.13 and later: the answer -1 to the question for its version means a kernel without it; the call filter still holds.
void restrict_files(const std::filesystem::path &readable) {
    if (syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        return;
    }
    // All rights of its first version are withheld; only reading is given back.
    constexpr std::uint64_t all = (static_cast<std::uint64_t>(LANDLOCK_ACCESS_FS_MAKE_SYM) << 1U) - 1;
    landlock_ruleset_attr rules{};
    rules.handled_access_fs = all;
    RuleSet set(rules);
    for (const char *system : {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime"}) { // libraries, gconv tables, PROJ's database
        set.allow_reading(system);
    }
    set.allow_reading(is_part_of_shapefile(readable) ? readable.parent_path() : readable);
    set.enforce();
}

} // namespace

void enter_sandbox(const std::filesystem::path &readable, const ChildLimits &limits) {
    (void)std::signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_CORE, 0, "core dumps");
    limit(RLIMIT_FSIZE, 0, "writing files");
    limit(RLIMIT_NOFILE, child_open_files, "open files");
    // With both limits at one value the kernel kills without the signal that says why.
    limit(RLIMIT_CPU, limits.cpu_s, "processor time", child_cpu_grace_s);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // their shadow memory takes terabytes of address space, used or not
    limit(RLIMIT_AS, limits.address_space_bytes, "memory");
#endif
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        refuse("new privileges");
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        refuse("a life after its parent");
    }
    restrict_files(readable);
    filter_calls();
}

} // namespace keyaki::importers
