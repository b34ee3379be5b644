#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace keyaki::test {

/// What a command printed and how it ended.
struct CommandResult {
    int status = 0; ///< exit status, or 128 + signal; 127 where there is no such program
    std::string out;
    std::string error;
};

/// Runs a program to its end. The first word is the program, looked for as a shell would; no shell reads the words.
[[nodiscard]] CommandResult run(const std::vector<std::string> &words);

/// Whether a program of that name is installed.
[[nodiscard]] bool has_program(const std::string &name);

/// A pipe whose ends close at exec.
struct Pipe {
    int read_end = -1;
    int write_end = -1;
    Pipe();
};
/// Starts a program with its output (and, where `error` is not negative, its errors) going to these descriptors.
[[nodiscard]] pid_t start_process(const std::vector<std::string> &words, int out, int error);
/// Waits for the end; the status as in CommandResult.
int wait_for_process(pid_t process);

} // namespace keyaki::test
