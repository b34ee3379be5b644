#include "tests/flows/crash_load.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keyaki::test {

namespace {

/// Waits for the end and leaves the process there to be collected, so that its number is nobody else's yet.
void wait_without_collecting(pid_t process) {
    siginfo_t end{};
    while (waitid(P_PID, static_cast<id_t>(process), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

} // namespace

CrashLoad::CrashLoad(const SampleCity &city, std::uint64_t seed) : m_city(city) {
    start_server();
    for (std::size_t number = 0; number < clients; ++number) {
        m_threads.emplace_back([this, number] { check_in(number); });
    }
    m_threads.emplace_back([this, seed] { run_commands(seed); });
}

CrashLoad::~CrashLoad() { stop(); }

void CrashLoad::kill_server() { m_server->kill(); }

void CrashLoad::kill_server_at_start(int moment_ms) {
    const Pipe out;
    const pid_t process =
        start_process({KEYAKI_PROGRAM, "serve", "--database", m_city.database.string(), "--listen", "127.0.0.1:0"}, out.write_end, out.write_end);
    close(out.write_end);
    std::this_thread::sleep_for(std::chrono::milliseconds(moment_ms)); // the random moment of the crash
    ::kill(process, SIGKILL);
    wait_for_process(process);
    close(out.read_end);
}

void CrashLoad::start_server() {
    m_server = std::make_unique<LiveServer>(m_city.database);
    const std::lock_guard lock(m_mutex);
    m_address = m_server->address();
    m_started.notify_all();
}

void CrashLoad::kill_command() {
    const std::lock_guard lock(m_mutex);
    if (m_command > 0) {
        ::kill(m_command, SIGKILL);
    }
}

void CrashLoad::stop() {
    m_stop = true;
    m_started.notify_all();
    for (std::thread &thread : m_threads) {
        thread.join();
    }
    m_threads.clear();
}

int CrashLoad::end_server() { return m_server->terminate(); }

std::string CrashLoad::address() const {
    const std::lock_guard lock(m_mutex);
    return m_address;
}

std::map<std::string, std::string> CrashLoad::answers_until_now() const {
    const std::lock_guard lock(m_mutex);
    return m_answers;
}

/// Each request is sent until it is answered twice, always with the same key and body, so that a replay crosses a crash now and then.
void CrashLoad::check_in(std::size_t number) {
    for (int turn = 0; !m_stop; ++turn) {
        const std::string member = "m-" + std::to_string(number) + "-" + std::to_string(turn);
        const std::string body = check_in_body(member);
        for (int answered = 0; answered < 2 && !m_stop;) {
            answered += ask(member, body) ? 1 : 0;
        }
    }
}

/// Once; when no answer came, until there is another server to ask.
bool CrashLoad::ask(const std::string &member, const std::string &body) {
    const std::string asked = address();
    HttpClient client(asked, m_city.key);
    const HttpAnswer answer = client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: k-" + member});
    std::unique_lock lock(m_mutex);
    if (answer.status != 201) {
        ++m_counts.retries;
        m_started.wait_for(lock, std::chrono::seconds(1), [&] { return m_stop || m_address != asked; });
        return false;
    }
    const auto [known, is_new] = m_answers.emplace(member, answer.body);
    m_counts.changed_answers += !is_new && known->second != answer.body ? 1U : 0U;
    return true;
}

void CrashLoad::run_commands(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::uint64_t number = 1; !m_stop; ++number) {
        run_command(next_command(random, number));
    }
}

std::vector<std::string> CrashLoad::next_command(std::mt19937_64 &random, std::uint64_t number) const {
    if (m_published > 1 && random() % 3 == 0) {
        const std::uint64_t back_to = 1 + random() % (m_published - 1);
        return {KEYAKI_PROGRAM, "layer", "rollback", "towers", std::to_string(back_to), "--json", "--database", m_city.database.string()};
    }
    std::string table = "id,lon,lat,number\n";
    for (std::size_t row = 0; row < features; ++row) {
        table += "t" + std::to_string(row) + ",139.5" + std::to_string(1000 + row) + ",35.78," + std::to_string(number) + "\n";
    }
    const auto file = m_city.folder.write("towers.csv", table);
    return {KEYAKI_PROGRAM, "import", "layer",     "towers",    file.string(), "--key",      "id",   "--lon-column", "lon",
            "--lat-column", "lat",    "--publish", "--confirm", "--json",      "--progress", "none", "--database",   m_city.database.string()};
}

void CrashLoad::run_command(const std::vector<std::string> &words) {
    const auto said = m_city.folder / "command.out";
    const auto complained = m_city.folder / "command.err";
    const int out = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int error = ::open(complained.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    pid_t process = -1;
    {
        const std::lock_guard lock(m_mutex);
        process = m_command = start_process(words, out, error);
    }
    close(out);
    close(error);
    wait_without_collecting(process);
    {
        const std::lock_guard lock(m_mutex);
        m_command = -1;
    }
    note_end(words, wait_for_process(process));
}

void CrashLoad::note_end(const std::vector<std::string> &words, int status) {
    const std::string said = bytes_of(m_city.folder / "command.out");
    const std::lock_guard lock(m_mutex);
    if (status == 128 + SIGKILL) {
        ++m_counts.killed_commands;
        return;
    }
    const auto told = nlohmann::json::parse(said, nullptr, false);
    if (status != 0 || told.is_discarded() || !told.contains("revision")) {
        m_counts.unexpected.push_back(words[1] + " " + words[2] + " ended with " + std::to_string(status) + ": " +
                                      bytes_of(m_city.folder / "command.err") + said);
        return;
    }
    if (!told["revision"].is_null()) { // a killed one may have published the same numbers just before
        m_published = told["revision"].get<std::uint64_t>();
        ++m_counts.publishes;
    }
}

} // namespace keyaki::test
