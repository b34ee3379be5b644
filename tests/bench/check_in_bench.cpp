// Durable check-ins a second through the real flow, from so many threads: keyaki_check_in_bench FOLDER IN_FLIGHT SECONDS.
// Each thread sends one check-in after the other, from the text of its body to the durable answer. One line of JSON comes out. The peer's side is
// tests/bench/peers/check_ins.mjs.
#include "data/store.hpp"
#include "server/flows/check_in.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace keyaki;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t member_count = 10'000;
constexpr std::uint64_t spot_count = 200;
/// Coprime to member_count * spot_count: walks through all pairs once, in an order that no index likes better than another.
constexpr std::uint64_t stride = 1'234'577;

/// Not counted: pages are in memory, statements prepared and the log is on its way to its working size, as PostgreSQL's is after its first round.
constexpr double warm_up_seconds = 1;

geo::LonLat place_of(std::uint64_t spot) { return {139.50 + 0.001 * static_cast<double>(spot % 20), 35.77 + 0.001 * static_cast<double>(spot / 20)}; }

void make_spots(data::Store &store) {
    const std::int64_t now_us = server::now_us();
    data::LayerSpec layer;
    layer.id = "spots";
    layer.title_ja = "スポット";
    layer.title_en = "Spots";
    store.write([&](data::WriteTransaction &books) { books.create_layer(layer, "bench", now_us); });
    const auto draft = store.write_draft("spots", data::Store::DraftMode::replace, "bench");
    for (std::uint64_t spot = 0; spot < spot_count; ++spot) {
        draft->put({fmt::format("s{}", spot), geo::Geometry::point(place_of(spot)), {}});
    }
    draft->commit();
    store.write([&](data::WriteTransaction &books) { books.publish("spots", "bench", "all", false, now_us); });
}

void make_rally(data::Store &store) {
    const nlohmann::json rally{{"id", "walk"},
                               {"kind", "walking"},
                               {"title", {{"ja", "散歩"}, {"en", "Walk"}}},
                               {"starts", "2020-01-01T00:00:00+09:00"},
                               {"ends", "2099-12-31T23:59:59+09:00"},
                               {"budget", 1'000'000'000},
                               {"spots", {{"layer", "spots"}, {"radius_m", 40}, {"points", 10}, {"per", "once"}}}};
    if (!server::put_rally(store, rally.dump(), "bench", server::now_us()).changed) {
        throw std::runtime_error("the rally was there already: the folder must be new");
    }
    store.write([](data::WriteTransaction &books) {
        for (std::uint64_t member = 0; member < member_count; ++member) {
            books.ensure_account(fmt::format("member:m-{}", member), "nin");
        }
    });
}

/// Two good fixes near the spot of the number's pair of member and spot: seven metres beside it, as no phone comes to its very centre each time.
std::string body_of(std::uint64_t number, std::int64_t now_us) {
    const std::uint64_t pair = number * stride % (member_count * spot_count);
    geo::LonLat place = place_of(pair / member_count);
    const double angle = static_cast<double>(number);
    place.lon_deg += 0.00008 * std::cos(angle);
    place.lat_deg += 0.00006 * std::sin(angle);
    const auto fix = [&](std::int64_t age_us) {
        return fmt::format(R"({{"lon":{:.6f},"lat":{:.6f},"accuracy_m":8,"taken_at":"{}"}})", place.lon_deg, place.lat_deg,
                           server::format_rfc3339(now_us - age_us));
    };
    return fmt::format(R"({{"member":"m-{}","rally":"walk","spot":"spots/s{}","platform":"android","fixes":[{},{}]}})", pair % member_count,
                       pair / member_count, fix(5'000'000), fix(1'000'000));
}

/// One thread's part: check-ins until the time is over, and how long each took. The attempts' own clock goes a third of a second from one to the
/// next, so a member has an hour from spot to spot: who came to two spots far apart within a second would be in doubt.
std::vector<double> send(server::CheckInFlow &flow, std::atomic<std::uint64_t> &next, Clock::time_point end) {
    static const std::int64_t start_us = server::now_us();
    std::vector<double> took_ms;
    for (Clock::time_point begin = Clock::now(); begin < end;) {
        const std::uint64_t number = next++;
        const std::int64_t now_us = start_us + static_cast<std::int64_t>(number) * 333'333;
        const server::CheckInAnswer answer = flow.check_in("key-1", fmt::format("attempt-{}", number),
                                                           server::parse_check_in(body_of(number, now_us)), server::http::Language::ja, now_us);
        if (answer.verdict != "accepted" || !answer.first_reason.empty() || answer.replayed) {
            throw std::runtime_error("expected a stamp with points, found " + answer.body);
        }
        const Clock::time_point answered = Clock::now();
        took_ms.push_back(std::chrono::duration<double, std::milli>(answered - begin).count());
        begin = answered;
    }
    return took_ms;
}

std::vector<double> send_from_threads(server::CheckInFlow &flow, std::atomic<std::uint64_t> &next, std::size_t in_flight, double seconds) {
    const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    std::vector<std::vector<double>> parts(in_flight);
    std::vector<std::thread> threads;
    for (std::vector<double> &part : parts) {
        threads.emplace_back([&] { part = send(flow, next, end); });
    }
    std::vector<double> all_ms;
    for (std::size_t i = 0; i < in_flight; ++i) {
        threads[i].join();
        all_ms.insert(all_ms.end(), parts[i].begin(), parts[i].end());
    }
    std::sort(all_ms.begin(), all_ms.end());
    return all_ms;
}

template <typename Number>
Number number_of(std::string_view text) {
    Number number{};
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest != text.data() + text.size() || !(number > 0)) {
        throw std::runtime_error(fmt::format("expected a number greater than 0, found '{}'", text));
    }
    return number;
}

void measure(const std::filesystem::path &folder, std::size_t in_flight, double seconds) {
    std::filesystem::create_directories(folder);
    const auto store = data::open_store({folder / "city.sqlite", true});
    make_spots(*store);
    make_rally(*store);
    const server::Snapshots snapshots(*store);
    const server::Rallies rallies(*store);
    server::RecentAttempts recent(*store);
    server::CheckInFlow flow(*store, snapshots, rallies, recent);
    std::atomic<std::uint64_t> next{0};
    send_from_threads(flow, next, in_flight, warm_up_seconds);
    const auto before = store->writer_statistics();
    const std::uint64_t entries_before = store->ledger_head().sequence;
    const Clock::time_point begin = Clock::now();
    const std::vector<double> took_ms = send_from_threads(flow, next, in_flight, seconds);
    const double measured_s = std::chrono::duration<double>(Clock::now() - begin).count();
    const auto after = store->writer_statistics();
    if (const std::uint64_t entries = store->ledger_head().sequence - entries_before; entries != took_ms.size()) {
        throw std::runtime_error(fmt::format("{} check-ins were answered, but the ledger has {} entries of them", took_ms.size(), entries));
    }
    const nlohmann::ordered_json result{{"in_flight", in_flight},
                                        {"check_ins", took_ms.size()},
                                        {"seconds", measured_s},
                                        {"per_second", static_cast<double>(took_ms.size()) / measured_s},
                                        {"per_commit", static_cast<double>(took_ms.size()) / static_cast<double>(after.commits - before.commits)},
                                        {"commit_seconds", after.commit_seconds.sum() - before.commit_seconds.sum()},
                                        {"p50_ms", took_ms[took_ms.size() / 2]},
                                        {"p99_ms", took_ms[took_ms.size() * 99 / 100]}};
    fmt::print("{}\n", result.dump());
}

} // namespace

int main(int count, char **words) {
    try {
        if (count != 4) {
            throw std::runtime_error("usage: keyaki_check_in_bench FOLDER IN_FLIGHT SECONDS");
        }
        measure(words[1], number_of<std::size_t>(words[2]), number_of<double>(words[3]));
        return 0;
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki_check_in_bench: {}\n", error.what());
        return 1;
    }
}
