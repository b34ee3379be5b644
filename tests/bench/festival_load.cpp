// Everybody checks in at once: keyaki_festival_load URL KEY SECONDS CHECK_INS_A_SECOND FENCE_QUESTIONS_A_SECOND TILES_A_SECOND TILE_PATH
//
// An open loop: each request has the moment at which it is due, whether or not earlier ones were answered, and its time counts from that moment, also
// while it waits for a connection (Tene, "How NOT to measure latency": no coordinated omission). Each check-in is of a member of its own, at one of
// 200 spots, and all are paid by one budget. A check-in that gets no answer, or 429 or 503, is sent again with its key, as phones do, until it has
// one. One line of JSON comes out. Run by tests/bench/peers/festival.mjs.
#include "server/time.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <queue>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace keyaki;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t most_in_flight = 512;
constexpr milliseconds pause_before_again{200};
constexpr std::chrono::seconds patience{60}; ///< after the last was due
constexpr std::uint64_t spot_count = 200;

enum class Kind : std::size_t { check_in, fences, tile };
constexpr std::array<const char *, 3> kind_names{"check_ins", "fence_questions", "tiles"};

struct Errand {
    Kind kind = Kind::check_in;
    std::uint64_t number = 0;
    Clock::time_point due;        ///< what its time counts from
    Clock::time_point not_before; ///< of this try
    std::string body{};           ///< of a check-in, the same at every try; empty before the first
};
struct Later {
    bool operator()(const Errand &a, const Errand &b) const { return a.not_before > b.not_before; }
};

struct Seen {
    std::uint64_t again = 0;
    std::map<long, std::uint64_t> by_status;
    std::map<std::string, std::uint64_t> by_verdict;
    std::vector<double> took_ms;
};

struct Plan {
    std::string url;
    std::string key;
    double seconds = 0;
    std::array<double, 3> a_second{};
    std::string tile_path;
};

/// One connection and what is on it.
struct Line {
    CURL *curl = nullptr;
    Errand errand;
    std::string body;
    std::string answer;
    curl_slist *headers = nullptr;
};

std::size_t take(char *bytes, std::size_t size, std::size_t count, void *line) {
    static_cast<Line *>(line)->answer.append(bytes, size * count);
    return size * count;
}

std::string fix(std::uint64_t spot, std::int64_t taken_us) {
    return fmt::format(R"({{"lon":{:.6f},"lat":{:.6f},"accuracy_m":8,"taken_at":"{}"}})", 13.25 + 0.001 * static_cast<double>(spot % 20),
                       53.55 + 0.001 * static_cast<double>(spot / 20), server::format_rfc3339(taken_us));
}

std::string check_in_body(std::uint64_t number) {
    const std::int64_t now_us = server::now_us();
    const std::uint64_t spot = number % spot_count;
    return fmt::format(R"({{"member":"m-{}","rally":"walk","spot":"spots/s{}","platform":"android","fixes":[{},{}]}})", number, spot,
                       fix(spot, now_us - 5'000'000), fix(spot, now_us - 1'000'000));
}

std::string fences_body(std::uint64_t number) {
    std::string positions;
    for (std::uint64_t i = 0; i < 5; ++i) {
        const std::uint64_t at = number * 5 + i;
        positions += fmt::format(R"({}{{"lon":{:.6f},"lat":{:.6f},"accuracy_m":20}})", i == 0 ? "" : ",",
                                 13.25 + 0.0001 * static_cast<double>(at * 7 % 200), 53.55 + 0.0001 * static_cast<double>(at * 13 % 100));
    }
    return fmt::format(R"({{"positions":[{}],"platform":"android"}})", positions);
}

class Load {
  public:
    explicit Load(Plan plan) : m_plan(std::move(plan)), m_multi(curl_multi_init()), m_lines(most_in_flight) {
        for (Line &line : m_lines) {
            line.curl = curl_easy_init();
            curl_easy_setopt(line.curl, CURLOPT_WRITEFUNCTION, take);
            curl_easy_setopt(line.curl, CURLOPT_WRITEDATA, &line);
            curl_easy_setopt(line.curl, CURLOPT_PRIVATE, &line);
            curl_easy_setopt(line.curl, CURLOPT_NOSIGNAL, 1L);
            curl_easy_setopt(line.curl, CURLOPT_TIMEOUT_MS, 10'000L);
            m_idle.push_back(&line);
        }
        curl_multi_setopt(m_multi, CURLMOPT_MAXCONNECTS, static_cast<long>(most_in_flight));
    }
    ~Load() {
        for (Line &line : m_lines) {
            curl_multi_remove_handle(m_multi, line.curl);
            curl_easy_cleanup(line.curl);
            curl_slist_free_all(line.headers);
        }
        curl_multi_cleanup(m_multi);
    }
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;

    nlohmann::ordered_json run() {
        m_begin = Clock::now();
        const auto give_up = m_begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(m_plan.seconds)) + patience;
        while (call_in_what_is_due() || m_idle.size() < m_lines.size() || !m_waiting.empty()) {
            if (Clock::now() > give_up) {
                throw std::runtime_error(fmt::format("{} requests still have no answer", m_lines.size() - m_idle.size() + m_waiting.size()));
            }
            send_what_may_go();
            int running = 0;
            curl_multi_perform(m_multi, &running);
            take_answers();
            curl_multi_poll(m_multi, nullptr, 0, 1, nullptr);
        }
        return report();
    }

  private:
    /// Whether more will be due.
    bool call_in_what_is_due() {
        const double elapsed_s = std::chrono::duration<double>(Clock::now() - m_begin).count();
        bool is_more_to_come = false;
        for (std::size_t kind = 0; kind < m_called.size(); ++kind) {
            const auto all = static_cast<std::uint64_t>(m_plan.a_second[kind] * m_plan.seconds);
            while (m_called[kind] < all && static_cast<double>(m_called[kind]) / m_plan.a_second[kind] <= elapsed_s) {
                const auto due = m_begin + std::chrono::duration_cast<Clock::duration>(
                                               std::chrono::duration<double>(static_cast<double>(m_called[kind]) / m_plan.a_second[kind]));
                m_waiting.push({static_cast<Kind>(kind), m_called[kind]++, due, due, {}});
            }
            is_more_to_come = is_more_to_come || m_called[kind] < all;
        }
        return is_more_to_come;
    }

    void send_what_may_go() {
        while (!m_idle.empty() && !m_waiting.empty() && m_waiting.top().not_before <= Clock::now()) {
            Line &line = *m_idle.back();
            m_idle.pop_back();
            line.errand = m_waiting.top();
            m_waiting.pop();
            send(line);
        }
    }

    void send(Line &line) {
        const Errand &errand = line.errand;
        line.answer.clear();
        curl_slist_free_all(std::exchange(line.headers, nullptr));
        const auto with = [&](const std::string &header) { line.headers = curl_slist_append(line.headers, header.c_str()); };
        std::string path = m_plan.tile_path;
        if (errand.kind == Kind::tile) {
            curl_easy_setopt(line.curl, CURLOPT_HTTPGET, 1L);
        } else {
            with("Content-Type: application/json");
            with("Expect:");
            line.body = errand.kind == Kind::fences ? fences_body(errand.number) : errand.body.empty() ? check_in_body(errand.number) : errand.body;
            path = errand.kind == Kind::check_in ? "/checkins" : "/collections/spots/fences";
            curl_easy_setopt(line.curl, CURLOPT_POST, 1L);
            curl_easy_setopt(line.curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(line.body.size()));
            curl_easy_setopt(line.curl, CURLOPT_POSTFIELDS, line.body.c_str());
        }
        if (errand.kind == Kind::check_in) {
            with("Authorization: Bearer " + m_plan.key);
            with(fmt::format("Idempotency-Key: attempt-{}", errand.number));
        }
        curl_easy_setopt(line.curl, CURLOPT_HTTPHEADER, line.headers);
        curl_easy_setopt(line.curl, CURLOPT_URL, (m_plan.url + path).c_str());
        curl_multi_add_handle(m_multi, line.curl);
    }

    void take_answers() {
        int left = 0;
        while (const CURLMsg *message = curl_multi_info_read(m_multi, &left)) {
            if (message->msg != CURLMSG_DONE) {
                continue;
            }
            Line *line = nullptr;
            long status = 0;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &line);
            curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
            settle(*line, message->data.result == CURLE_OK ? status : 0);
            curl_multi_remove_handle(m_multi, line->curl);
            m_idle.push_back(line);
        }
    }

    /// `status` is 0 where there was no answer.
    void settle(const Line &line, long status) {
        Seen &seen = m_seen[static_cast<std::size_t>(line.errand.kind)];
        if (status == 0 || status == 429 || status == 503) {
            ++seen.again;
            Errand again = line.errand;
            again.not_before = Clock::now() + pause_before_again;
            again.body = line.body;
            m_waiting.push(again);
            return;
        }
        ++seen.by_status[status];
        seen.took_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - line.errand.due).count());
        if (line.errand.kind == Kind::check_in) {
            const auto answer = nlohmann::json::parse(line.answer, nullptr, false);
            ++seen.by_verdict[answer.is_object() ? answer.value("verdict", "none") : "none"];
        }
    }

    nlohmann::ordered_json report() {
        nlohmann::ordered_json all;
        for (std::size_t kind = 0; kind < m_seen.size(); ++kind) {
            Seen &seen = m_seen[kind];
            std::sort(seen.took_ms.begin(), seen.took_ms.end());
            nlohmann::ordered_json part{{"answered", seen.took_ms.size()}, {"again", seen.again}};
            for (const auto &[status, count] : seen.by_status) {
                part["status"][std::to_string(status)] = count;
            }
            for (const auto &[verdict, count] : seen.by_verdict) {
                part["verdicts"][verdict] = count;
            }
            if (!seen.took_ms.empty()) {
                const auto at = [&](double share) {
                    return seen.took_ms[static_cast<std::size_t>(share * static_cast<double>(seen.took_ms.size() - 1))];
                };
                part["p50_ms"] = at(0.5);
                part["p99_ms"] = at(0.99);
                part["p999_ms"] = at(0.999);
                part["max_ms"] = seen.took_ms.back();
            }
            all[kind_names[kind]] = std::move(part);
        }
        return all;
    }

    Plan m_plan;
    CURLM *m_multi;
    std::vector<Line> m_lines;
    std::vector<Line *> m_idle;
    std::priority_queue<Errand, std::vector<Errand>, Later> m_waiting;
    std::array<std::uint64_t, 3> m_called{};
    std::array<Seen, 3> m_seen;
    Clock::time_point m_begin;
};

} // namespace

int main(int count, char **words) {
    try {
        if (count != 8) {
            throw std::runtime_error(
                "usage: keyaki_festival_load URL KEY SECONDS CHECK_INS_A_SECOND FENCE_QUESTIONS_A_SECOND TILES_A_SECOND TILE_PATH");
        }
        curl_global_init(CURL_GLOBAL_DEFAULT);
        const auto number = [&](int at) { return std::stod(words[at]); };
        Load load({words[1], words[2], number(3), {number(4), number(5), number(6)}, words[7]});
        fmt::print("{}\n", load.run().dump());
        return 0;
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki_festival_load: {}\n", error.what());
        return 1;
    }
}
