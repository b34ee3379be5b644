#include "server/commands/progress.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace keyaki::server::commands {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void mark_interrupted(int) { interrupted = 1; }

std::string remaining(double seconds) {
    const auto whole = std::llround(seconds);
    return whole >= 60 ? fmt::format("{} min {} s left", whole / 60, whole % 60) : fmt::format("{} s left", whole);
}

/// "12.3 MB" or "134,734 features".
std::string amount(std::uint64_t count, std::string_view unit) {
    return unit == "bytes" ? fmt::format("{:.1f} MB", static_cast<double>(count) / 1e6) : fmt::format("{} {}", count, unit);
}

} // namespace

ProgressLine::ProgressLine(std::string what, Style style) : m_what(std::move(what)), m_style(style) {
    if (m_style == Style::automatic && isatty(STDERR_FILENO) == 0) {
        m_style = Style::none;
    }
}

ProgressLine::~ProgressLine() {
    if (m_has_line) {
        (void)std::fputs("\r\033[K", stderr); // a terminal that is gone shows no line
    }
}

void ProgressLine::update(std::uint64_t done, std::uint64_t total_or_0, std::string_view unit) {
    const auto now = Clock::now();
    const auto interval = m_style == Style::json ? std::chrono::milliseconds(1000) : std::chrono::milliseconds(200);
    if (m_style == Style::none || now - m_shown < interval) {
        return;
    }
    m_shown = now;
    const double seconds = std::max(std::chrono::duration<double>(now - m_begun).count(), 1e-3);
    const double rate = static_cast<double>(done) / seconds;
    if (m_style == Style::json) {
        fmt::print(stderr,
                   R"({{"done":{},"total":{},"unit":"{}","seconds":{:.1f},"per_second":{:.1f}}})"
                   "\n",
                   done, total_or_0, unit, seconds, rate);
        return;
    }
    std::string line = fmt::format("{}: {}", m_what, amount(done, unit));
    if (total_or_0 > 0) {
        line += fmt::format(" of {} ({:.0f} %)", amount(total_or_0, unit), 100.0 * static_cast<double>(done) / static_cast<double>(total_or_0));
    }
    line += fmt::format(", {} a second", amount(static_cast<std::uint64_t>(rate), unit));
    if (total_or_0 > done && rate > 0) {
        line += ", " + remaining(static_cast<double>(total_or_0 - done) / rate);
    }
    fmt::print(stderr, "\r\033[K{}", line);
    (void)std::fflush(stderr);
    m_has_line = true;
}

ProgressLine::Style parse_progress_style(std::string_view text) {
    if (text == "auto") {
        return ProgressLine::Style::automatic;
    }
    if (text == "json") {
        return ProgressLine::Style::json;
    }
    if (text == "none") {
        return ProgressLine::Style::none;
    }
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("--progress must be auto, json or none, found \"{}\"", text));
}

// signal() fails only for a number that is no signal, or one that cannot be caught.
Interruption::Interruption() {
    interrupted = 0;
    (void)std::signal(SIGINT, mark_interrupted);
    (void)std::signal(SIGTERM, mark_interrupted);
}

Interruption::~Interruption() {
    (void)std::signal(SIGINT, SIG_DFL);
    (void)std::signal(SIGTERM, SIG_DFL);
}

void Interruption::check() {
    if (interrupted != 0) {
        throw geo::Error(geo::ErrorKind::unavailable, "interrupted: nothing was changed");
    }
}

} // namespace keyaki::server::commands
