#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server::commands {

/// How far a long command is: on a terminal one line with rate and remaining time, renewed a few times a second; with Style::json one JSON
/// line a second on standard error; otherwise nothing.
class ProgressLine {
  public:
    enum class Style : std::uint8_t { automatic, json, none };
    ProgressLine(std::string what, Style style);
    ~ProgressLine();
    ProgressLine(const ProgressLine &) = delete;
    ProgressLine &operator=(const ProgressLine &) = delete;

    void update(std::uint64_t done, std::uint64_t total_or_0, std::string_view unit);

  private:
    using Clock = std::chrono::steady_clock;
    std::string m_what;
    Style m_style;
    Clock::time_point m_begun = Clock::now();
    Clock::time_point m_shown{};
    bool m_has_line = false;
};

/// "automatic", "json" or "none"; throws Error invalid_input for another.
[[nodiscard]] ProgressLine::Style parse_progress_style(std::string_view text);

/// From construction to destruction SIGINT and SIGTERM only set a mark, so that a command can leave without anything half done.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption &) = delete;
    Interruption &operator=(const Interruption &) = delete;

    /// Throws Error unavailable once a signal came.
    static void check();
};

} // namespace keyaki::server::commands
