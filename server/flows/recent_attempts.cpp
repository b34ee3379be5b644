#include "server/flows/recent_attempts.hpp"

#include "data/books.hpp"
#include "data/store.hpp"
#include "geo/geodesic.hpp"
#include "server/time.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <set>

namespace keyaki::server {

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t positions_kept_ms = 30 * minute_ms;
constexpr std::int64_t week_ms = std::int64_t{7} * 24 * 60 * minute_ms;
constexpr std::int64_t codes_kept_steps = 20;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::string stay_key(const RecentAttempts::Attempt &attempt) { return attempt.member + "\n" + attempt.zone; }

/// Metres a second to a tenth, what both accuracies allow taken away.
double jump_mps(geo::LonLat from, double from_accuracy_m, std::int64_t from_ms, const RecentAttempts::Attempt &to) {
    const double seconds = std::max(1.0, static_cast<double>(std::abs(to.at_ms - from_ms)) / 1000);
    const double metres = std::max(0.0, geo::distance_m(from, *to.estimate) - from_accuracy_m - to.accuracy_m);
    return std::round(metres / seconds * 10) / 10;
}

/// Members or devices of a map by time that were there within a span, and the one that is there now.
std::int64_t count_within(const std::map<std::string, std::int64_t, std::less<>> &times, std::string_view now_there, std::int64_t since_ms) {
    const auto count =
        std::count_if(times.begin(), times.end(), [&](const auto &entry) { return entry.second >= since_ms && entry.first != now_there; });
    return count + (now_there.empty() ? 0 : 1);
}

/// Of a map by time: past the bound the oldest goes.
void keep_newest(std::map<std::string, std::int64_t, std::less<>> &times, std::size_t most) {
    while (times.size() > most) {
        times.erase(std::min_element(times.begin(), times.end(), [](const auto &a, const auto &b) { return a.second < b.second; }));
    }
}

/// Of a map of what was last seen at `last_ms`: past the bound the oldest go, a tenth of the bound more than must, so that this is not asked for
/// each.
template <typename Map>
void keep_newest(Map &seen, std::size_t most) {
    if (seen.size() <= most) {
        return;
    }
    std::vector<std::int64_t> times;
    times.reserve(seen.size());
    for (const auto &[name, entry] : seen) {
        times.push_back(entry.last_ms);
    }
    const auto first_kept = times.begin() + static_cast<std::ptrdiff_t>(seen.size() - most + most / 10);
    std::nth_element(times.begin(), first_kept, times.end());
    std::erase_if(seen, [until_ms = *first_kept](const auto &entry) { return entry.second.last_ms < until_ms; });
    // Those of one millisecond are of one age.
    while (seen.size() > most) {
        seen.erase(seen.begin());
    }
}

void forget_before(std::map<std::string, std::int64_t, std::less<>> &times, std::int64_t since_ms) {
    std::erase_if(times, [since_ms](const auto &entry) { return entry.second < since_ms; });
}

} // namespace

RecentAttempts::RecentAttempts(data::Store &store) : RecentAttempts(store, server::now_us()) {}
RecentAttempts::RecentAttempts(data::Store &store, std::int64_t now_us, std::size_t most_members) : m_most_members(most_members) {
    load(store, now_us / 1000);
}

void RecentAttempts::load(data::Store &store, std::int64_t now_ms) {
    std::vector<data::HistoryBook::Row> rows;
    store.read_books([&rows](data::Books &books) { rows = books.history.newest(rally::max_remembered_bundles); });
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        const data::KeptCheckIn &kept = row->check_in;
        Attempt attempt;
        attempt.member = kept.member;
        attempt.device = kept.device;
        attempt.received_at_ms = kept.received_at_us / 1000;
        rally::Bundle bundle = rally::unpack_bundle(kept.bundle_hashes);
        attempt.begins_ms = bundle.begins_ms;
        attempt.hashes = std::move(bundle.hashes);
        note_bundle(attempt);
        if (now_ms - attempt.received_at_ms < week_ms) {
            note_use(attempt.member, attempt.device, attempt.received_at_ms);
        }
    }
}

rally::Measures RecentAttempts::measure(const Attempt &attempt, rally::Measures measures) const {
    const std::lock_guard lock(m_mutex);
    if (const auto account = m_accounts.find(attempt.member); account != m_accounts.end()) {
        measures.member_devices = count_within(account->second.devices, attempt.device, attempt.received_at_ms - week_ms);
        measures.center_hits = center_hits(account->second, attempt);
        for (const auto &[device, place] : account->second.places) {
            if (attempt.estimate && std::abs(attempt.at_ms - place.at_ms) <= positions_kept_ms) {
                double &jump = device == attempt.device ? measures.jump_mps : measures.other_device_jump_mps;
                jump = std::max(jump, jump_mps(place.position, place.accuracy_m, place.at_ms, attempt));
            }
        }
    } else {
        measures.member_devices = attempt.device.empty() ? 0 : 1;
        measures.center_hits = attempt.hits_centre ? 1 : 0;
    }
    if (const auto device = m_devices.find(attempt.device); device != m_devices.end() && !attempt.device.empty()) {
        measures.device_members = count_within(device->second.members, attempt.member, attempt.received_at_ms - week_ms);
        measures.device_minute_members = count_within(device->second.stamped_members, attempt.member, attempt.received_at_ms - minute_ms);
    } else {
        measures.device_members = measures.device_minute_members = attempt.device.empty() ? 0 : 1;
    }
    measures.cloned = std::any_of(attempt.hashes.begin(), attempt.hashes.end(), [&](std::uint64_t hash) {
        const auto known = m_bundles.find(hash);
        // The same bundle of the same member at the same time is the same phone trying again, with an answer or a code this time.
        return known != m_bundles.end() && (known->second.member_hash != hash_of(attempt.member) || known->second.begins_ms != attempt.begins_ms);
    });
    if (attempt.code_step) {
        const auto uses = m_code_uses.find({attempt.zone, *attempt.code_step});
        measures.code_uses = (uses == m_code_uses.end() ? 0 : uses->second) + 1;
    }
    measures.crowd_members = crowd_members(attempt);
    return measures;
}

/// Those who stamped this spot within the gap, and the ones before it in the same order and as near in time.
std::int64_t RecentAttempts::crowd_members(const Attempt &attempt) const {
    const rally::ScoreRules &rules = rally::current_rules().score;
    const auto legs = static_cast<std::size_t>(rules.crowd_legs);
    const double gap_ms = rules.crowd_gap_s * 1'000;
    const auto is_near = [gap_ms](std::int64_t a_ms, std::int64_t b_ms) { return std::abs(static_cast<double>(a_ms - b_ms)) < gap_ms; };
    const auto account = m_accounts.find(attempt.member);
    const auto stamps = m_spot_stamps.find(attempt.zone);
    if (!attempt.is_now || account == m_accounts.end() || account->second.trail.size() < legs || stamps == m_spot_stamps.end()) {
        return 0;
    }
    std::set<std::string_view> companions;
    for (const SpotStamp &stamp : stamps->second) {
        const auto other = m_accounts.find(stamp.member);
        if (stamp.member == attempt.member || !is_near(stamp.at_ms, attempt.at_ms) || other == m_accounts.end() ||
            other->second.trail.size() < legs + 1) {
            continue;
        }
        // The other's last step is this spot.
        const auto is_same = [&](const Step &a, const Step &b) { return a.zone == b.zone && is_near(a.at_ms, b.at_ms); };
        if (std::equal(account->second.trail.rbegin(), account->second.trail.rbegin() + static_cast<std::ptrdiff_t>(legs),
                       std::next(other->second.trail.rbegin()), is_same)) {
            companions.insert(stamp.member);
        }
    }
    return companions.empty() ? 0 : static_cast<std::int64_t>(companions.size()) + 1;
}

void RecentAttempts::note_stamp(const Attempt &attempt) {
    std::vector<Step> &trail = m_accounts[attempt.member].trail;
    trail.push_back({attempt.zone, attempt.at_ms});
    if (trail.size() > rally::max_remembered_trail) {
        trail.erase(trail.begin());
    }
    std::deque<SpotStamp> &stamps = m_spot_stamps[attempt.zone];
    stamps.push_back({attempt.member, attempt.at_ms});
    if (stamps.size() > rally::max_remembered_spot_stamps) {
        stamps.pop_front();
    }
}

/// A phone that sends its fixes again, with an answer this time, has hit the centre once.
std::int64_t RecentAttempts::center_hits(const Account &account, const Attempt &attempt) {
    const bool is_again = attempt.begins_ms == account.begins_ms && account.center_hits > 0;
    return !attempt.hits_centre ? 0 : is_again ? account.center_hits : account.center_hits + 1;
}

void RecentAttempts::note_use(const std::string &member, const std::string &device, std::int64_t now_ms) {
    Account &account = m_accounts[member];
    account.last_ms = now_ms;
    if (!device.empty()) {
        account.devices[device] = now_ms;
        Device &used = m_devices[device];
        used.members[member] = now_ms;
        used.last_ms = now_ms;
        keep_newest(used.members, rally::max_remembered_members_per_device);
        keep_newest(account.devices, rally::max_remembered_members_per_device);
    }
}

void RecentAttempts::note_bundle(const Attempt &attempt) {
    for (const std::uint64_t hash : attempt.hashes) {
        if (m_bundles.try_emplace(hash, KnownBundle{hash_of(attempt.member), attempt.begins_ms}).second) {
            m_bundle_order.push_back(hash);
        }
    }
    while (m_bundle_order.size() > rally::max_remembered_bundle_hashes) {
        m_bundles.erase(m_bundle_order.front());
        m_bundle_order.pop_front();
    }
}

void RecentAttempts::note(const Attempt &attempt) {
    const std::lock_guard lock(m_mutex);
    note_use(attempt.member, attempt.device, attempt.received_at_ms);
    note_bundle(attempt);
    Account &account = m_accounts[attempt.member];
    if (attempt.estimate) {
        account.center_hits = center_hits(account, attempt);
        account.begins_ms = attempt.begins_ms;
        if (attempt.is_now) {
            account.places[attempt.device] = {*attempt.estimate, attempt.accuracy_m, attempt.received_at_ms};
        }
        if (account.places.size() > rally::max_remembered_members_per_device) {
            account.places.erase(std::min_element(account.places.begin(), account.places.end(),
                                                  [](const auto &a, const auto &b) { return a.second.at_ms < b.second.at_ms; }));
        }
    }
    if (attempt.is_stamped && !attempt.device.empty()) {
        auto &stamped = m_devices[attempt.device].stamped_members;
        forget_before(stamped, attempt.received_at_ms - minute_ms);
        stamped[attempt.member] = attempt.received_at_ms;
    }
    if (attempt.is_stamped && attempt.is_now) {
        note_stamp(attempt);
    }
    if (!attempt.stay_fixes.empty()) {
        geo::Stay stay = stay_with(attempt, rally::current_rules().stay);
        m_stays.insert_or_assign(stay_key(attempt), ZoneStay{std::move(stay), attempt.received_at_ms});
    }
    if (attempt.code_step) {
        ++m_code_uses[{attempt.zone, *attempt.code_step}];
    }
    // More than a city has: whoever makes up members by the million costs the server no more memory than this.
    keep_newest(m_accounts, m_most_members);
    keep_newest(m_devices, m_most_members);
    keep_newest(m_stays, m_most_members);
}

/// Bucket after bucket: check-ins wait for a piece, not for half a million members. What a growing map puts elsewhere meanwhile is found next time.
template <typename Map, typename IsOver>
void RecentAttempts::forget_in_pieces(Map &map, const IsOver &is_over) {
    constexpr std::size_t piece = 1'000; // buckets, a tenth of a millisecond
    std::vector<typename Map::key_type> over;
    bool is_done = false;
    for (std::size_t begin = 0; !is_done; begin += piece) {
        const std::lock_guard lock(m_mutex);
        const std::size_t end = std::min(begin + piece, map.bucket_count());
        for (std::size_t bucket = begin; bucket < end; ++bucket) {
            for (auto entry = map.begin(bucket); entry != map.end(bucket); ++entry) {
                if (is_over(entry->second)) {
                    over.push_back(entry->first);
                }
            }
        }
        for (const auto &key : over) {
            map.erase(key);
        }
        over.clear();
        is_done = end == map.bucket_count();
    }
}

void RecentAttempts::forget_what_is_over(std::int64_t now_ms) {
    forget_in_pieces(m_accounts, [now_ms](Account &account) {
        std::erase_if(account.places, [now_ms](const auto &entry) { return now_ms - entry.second.at_ms > positions_kept_ms; });
        forget_before(account.devices, now_ms - week_ms);
        return now_ms - account.last_ms > week_ms;
    });
    forget_in_pieces(m_devices, [now_ms](Device &device) {
        forget_before(device.members, now_ms - week_ms);
        forget_before(device.stamped_members, now_ms - minute_ms);
        return device.members.empty();
    });
    forget_in_pieces(m_stays, [now_ms](const ZoneStay &stay) { return now_ms - stay.last_ms > positions_kept_ms; });
    forget_in_pieces(m_spot_stamps, [now_ms](const std::deque<SpotStamp> &stamps) { return now_ms - stamps.back().at_ms > minute_ms; });
    const std::lock_guard lock(m_mutex);
    const std::int64_t step_ms = 30'000;
    std::erase_if(m_code_uses, [&](const auto &entry) { return entry.first.second < now_ms / step_ms - codes_kept_steps; });
}

std::size_t RecentAttempts::remembered_positions() const {
    const std::lock_guard lock(m_mutex);
    return std::accumulate(m_accounts.begin(), m_accounts.end(), m_stays.size(),
                           [](std::size_t count, const auto &entry) { return count + entry.second.places.size(); });
}

void RecentAttempts::forget_member(const std::string &member) {
    const std::lock_guard lock(m_mutex);
    m_accounts.erase(member);
    for (auto &[name, device] : m_devices) {
        device.members.erase(member);
        device.stamped_members.erase(member);
    }
    std::erase_if(m_devices, [](const auto &entry) { return entry.second.members.empty(); });
    std::erase_if(m_stays, [start = member + "\n"](const auto &entry) { return entry.first.starts_with(start); });
    for (auto &[zone, stamps] : m_spot_stamps) {
        std::erase_if(stamps, [&member](const SpotStamp &stamp) { return stamp.member == member; });
    }
    std::erase_if(m_spot_stamps, [](const auto &entry) { return entry.second.empty(); });
}

geo::Stay RecentAttempts::stay_with(const Attempt &attempt, const geo::StayRules &rules) const {
    const auto known = m_stays.find(stay_key(attempt));
    geo::Stay stay = known == m_stays.end() ? geo::Stay(rules) : known->second.stay;
    for (const geo::StayFix &fix : attempt.stay_fixes) {
        stay.take(fix);
    }
    return stay;
}

std::optional<std::int64_t> RecentAttempts::dwell_ms(const Attempt &attempt, const geo::StayRules &rules) const {
    const std::lock_guard lock(m_mutex);
    const geo::Stay stay = stay_with(attempt, rules);
    // Somebody whose phone has been silent for longer than a stay allows is not known to be there still.
    const bool is_current = stay.newest_ms() && attempt.received_at_ms - *stay.newest_ms() <= rules.longest_gap_ms;
    return stay.is_inside() && is_current ? std::optional(stay.dwell_ms()) : std::nullopt;
}

} // namespace keyaki::server
