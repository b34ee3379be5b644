#pragma once

#include "tests/support/command.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace keyaki::test {

/// Runs the program under test: `keyaki` with these words.
[[nodiscard]] CommandResult run_keyaki(std::vector<std::string> words);

/// The program under test, serving a database on a free port of the loopback interface.
class LiveServer {
  public:
    /// Starts it and waits until it listens; throws when it ends instead.
    explicit LiveServer(const std::filesystem::path &database) : LiveServer(database, {"--log-level", "warn"}) {}
    /// With more words for `keyaki serve`, and its log going to `log_descriptor` where that is not negative (it stays the caller's).
    LiveServer(const std::filesystem::path &database, const std::vector<std::string> &more, int log_descriptor = -1);
    /// Ends it with SIGTERM, if it still runs.
    ~LiveServer();
    LiveServer(const LiveServer &) = delete;
    LiveServer &operator=(const LiveServer &) = delete;

    [[nodiscard]] const std::string &address() const noexcept { return m_address; } ///< "http://127.0.0.1:40123"
    [[nodiscard]] pid_t process() const noexcept { return m_process; }
    /// SIGTERM, and waits for the end; the exit status as in CommandResult.
    int terminate();
    /// SIGKILL, and waits for the end.
    void kill();

  private:
    int end_with(int signal);
    pid_t m_process = -1;
    int m_output = -1;
    std::string m_address;
};

} // namespace keyaki::test
