#pragma once

#include "tests/flows/sample_city.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace keyaki::test {

/// A city at work, for kills: clients that check in and ask again until they are answered, and beside the server one command after the other that
/// imports the layer "towers" and publishes it, or rolls it back. All features of an import carry its number.
class CrashLoad {
  public:
    static constexpr std::size_t clients = 8;
    static constexpr std::size_t features = 200; ///< of each import

    CrashLoad(const SampleCity &city, std::uint64_t seed);
    ~CrashLoad();
    CrashLoad(const CrashLoad &) = delete;
    CrashLoad &operator=(const CrashLoad &) = delete;

    // One thread kills and starts.
    void kill_server();
    /// Starts one and kills it before it listens, or soon after.
    void kill_server_at_start(int moment_ms);
    void start_server();
    void kill_command(); ///< the one that runs now, if any
    void stop();         ///< the clients and commands; the server goes on
    int end_server();    ///< its exit status
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::map<std::string, std::string> answers_until_now() const; ///< as answers(), while they go on

    struct Counts {
        std::uint64_t retries = 0;
        std::uint64_t changed_answers = 0;
        std::uint64_t publishes = 0;
        std::uint64_t killed_commands = 0;
        std::vector<std::string> unexpected; ///< ends of commands that were neither killed nor successful
    };
    // After stop().
    [[nodiscard]] const std::map<std::string, std::string> &answers() const { return m_answers; } ///< first answer by member
    [[nodiscard]] const Counts &counts() const { return m_counts; }
    [[nodiscard]] std::uint64_t published_revision() const { return m_published; } ///< the newest that a command was told of

  private:
    void check_in(std::size_t number);
    bool ask(const std::string &member, const std::string &body);
    void run_commands(std::uint64_t seed);
    std::vector<std::string> next_command(std::mt19937_64 &random, std::uint64_t number) const;
    void run_command(const std::vector<std::string> &words);
    void note_end(const std::vector<std::string> &words, int status);

    const SampleCity &m_city;
    std::atomic<bool> m_stop{false};
    std::unique_ptr<LiveServer> m_server;
    std::condition_variable m_started;
    mutable std::mutex m_mutex; ///< guards what follows
    std::string m_address;
    pid_t m_command = -1;
    std::map<std::string, std::string> m_answers;
    Counts m_counts;
    std::uint64_t m_published = 0;
    std::vector<std::thread> m_threads;
};

} // namespace keyaki::test
