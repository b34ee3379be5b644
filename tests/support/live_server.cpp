#include "tests/support/live_server.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <unistd.h>

namespace keyaki::test {

namespace {

std::string read_line(int end) {
    std::string line;
    char letter = 0;
    while (read(end, &letter, 1) == 1 && letter != '\n') {
        line += letter;
    }
    return line;
}

} // namespace

CommandResult run_keyaki(std::vector<std::string> words) {
    words.insert(words.begin(), KEYAKI_PROGRAM);
    return run(words);
}

LiveServer::LiveServer(const std::filesystem::path &database, const std::vector<std::string> &more, int log_descriptor) {
    const Pipe out;
    std::vector<std::string> words{KEYAKI_PROGRAM, "serve", "--database", database.string()};
    if (std::find(more.begin(), more.end(), "--listen") == more.end()) {
        words.insert(words.end(), {"--listen", "127.0.0.1:0"});
    }
    words.insert(words.end(), more.begin(), more.end());
    m_process = start_process(words, out.write_end, log_descriptor);
    close(out.write_end);
    m_output = out.read_end;
    const std::string line = read_line(m_output);
    const std::size_t begin = line.find("http://");
    if (begin == std::string::npos) {
        const int status = end_with(SIGTERM);
        throw std::runtime_error("the server ended with " + std::to_string(status) + " after printing: " + line);
    }
    m_address = line.substr(begin, line.find_last_not_of('/') + 1 - begin);
}

LiveServer::~LiveServer() {
    if (m_process > 0) {
        end_with(SIGTERM);
    }
}

int LiveServer::terminate() { return end_with(SIGTERM); }

void LiveServer::kill() { end_with(SIGKILL); }

int LiveServer::end_with(int signal) {
    ::kill(m_process, signal);
    const int status = wait_for_process(m_process);
    m_process = -1;
    close(m_output);
    return status;
}

} // namespace keyaki::test
