#include "server/telemetry/process_figures.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace keyaki::server::telemetry {

namespace {

/// The words of /proc/self/stat after the program's name, which is in parentheses and may hold blanks itself: the first is field 3 of proc(5).
std::vector<std::string> status_words() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    std::vector<std::string> words;
    for (std::size_t begin = line.rfind(')') + 1; begin < line.size();) {
        begin = line.find_first_not_of(' ', begin);
        if (begin == std::string::npos) {
            break;
        }
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

/// A field of proc(5) by its number there.
std::optional<double> field(const std::vector<std::string> &words, std::size_t number) {
    const std::size_t place = number - 3;
    std::int64_t value = 0;
    if (place >= words.size() || std::from_chars(words[place].data(), words[place].data() + words[place].size(), value).ec != std::errc()) {
        return std::nullopt;
    }
    return static_cast<double>(value);
}

/// Seconds of Unix time at which the machine started: process starts are counted from there.
std::optional<double> boot_time_s() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word;) {
        if (double seconds = 0; word == "btime" && file >> seconds) {
            return seconds;
        }
    }
    return std::nullopt;
}

std::optional<double> open_descriptors() {
    std::error_code problem;
    const std::filesystem::directory_iterator folder("/proc/self/fd", problem);
    if (problem) {
        return std::nullopt;
    }
    return static_cast<double>(std::distance(begin(folder), end(folder)) - 1); // without the one that reads the folder
}

} // namespace

void write_process_figures(MetricText &text) {
    const std::vector<std::string> words = status_words();
    const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    if (const auto user = field(words, 14), system = field(words, 15); user && system) {
        text.counter("process_cpu_seconds_total", "Processor time of the process.").value((*user + *system) / ticks_per_second);
    }
    if (const auto threads = field(words, 20)) {
        text.gauge("process_threads", "Threads of the process.").value(*threads);
    }
    if (const auto start = field(words, 22), boot = boot_time_s(); start && boot) {
        text.gauge("process_start_time_seconds", "When the process began, as Unix time.").value(*boot + *start / ticks_per_second);
    }
    if (const auto bytes = field(words, 23)) {
        text.gauge("process_virtual_memory_bytes", "Address space, used or not.").value(*bytes);
    }
    if (const auto pages = field(words, 24)) {
        text.gauge("process_resident_memory_bytes", "Memory in use.").value(*pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
    }
    if (const auto open = open_descriptors()) {
        text.gauge("process_open_fds", "Open file descriptors.").value(*open);
    }
    if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        text.gauge("process_max_fds", "File descriptors that may be open.").value(static_cast<double>(limit.rlim_cur));
    }
}

} // namespace keyaki::server::telemetry
