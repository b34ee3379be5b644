#pragma once

#include "importers/child_limits.hpp"

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::importers {

/// In the place of a box's four numbers.
inline constexpr std::string_view no_box_argument = "-";

/// A file descriptor that is closed with its owner.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : m_number(number) {}
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    Descriptor(Descriptor &&other) noexcept : m_number(std::exchange(other.m_number, -1)) {}
    Descriptor &operator=(Descriptor &&other) noexcept {
        std::swap(m_number, other.m_number);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int number() const { return m_number; }

  private:
    int m_number = -1;
};

/// Becomes readable when somebody asks to stop, so that a thread that waits for something else notices.
class StopSignal {
  public:
    explicit StopSignal(const std::stop_token &stop);
    [[nodiscard]] int descriptor() const { return m_event.number(); }

  private:
    struct Wake {
        int descriptor;
        void operator()() const noexcept;
    };
    Descriptor m_event;
    std::stop_callback<Wake> m_callback;
};

/// A running child with the reading end of its output's pipe; killed and waited for whatever happens. One thread.
class ChildProcess {
  public:
    /// \param arguments the first is the program. \throws geo::Error unavailable when it cannot be started
    explicit ChildProcess(std::vector<std::string> arguments);
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;
    ~ChildProcess();

    /// Bytes of the pipe; 0 at its end. \throws geo::Error too_large when the child says nothing for child_silence_s, conflict when `stop` has come
    std::size_t read(std::span<char> buffer, const StopSignal &stop);

    /// Waits for the child, whose pipe has come to its end: whether it exited with 0.
    [[nodiscard]] bool ended_well();
    /// Waits for the child, which ended without its last word, and says why in one sentence. \throws geo::Error always
    [[noreturn]] void refuse_end(const std::filesystem::path &path, const ChildLimits &limits);

  private:
    int wait();

    Descriptor m_pipe;
    int m_process = -1; ///< its id
};

} // namespace keyaki::importers
