#include "server/flows/recent_attempts.hpp"

#include "data/books.hpp"
#include "data/store.hpp"
#include "geo/geodesic.hpp"
#include "server/rally/limits.hpp"
#include "server/time.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace keyaki::server {

namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t positions_kept_ms = 30 * minute_ms;
constexpr std::int64_t week_ms = std::int64_t{7} * 24 * 60 * minute_ms;
constexpr std::int64_t codes_kept_steps = 20;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

/// Metres a second to a tenth, what both accuracies allow taken away.
double jump_mps(geo::LonLat from, double from_accuracy_m, std::int64_t from_ms, const RecentAttempts::Attempt &to) {
    const double seconds = std::max(1.0, static_cast<double>(std::abs(to.received_at_ms - from_ms)) / 1000);
    const double metres = std::max(0.0, geo::distance_m(from, *to.estimate) - from_accuracy_m - to.accuracy_m);
    return std::round(metres / seconds * 10) / 10;
}

/// Members or devices of a map by time that were there within a span, and the one that is there now.
std::int64_t count_within(const std::map<std::string, std::int64_t, std::less<>> &times, std::string_view now_there, std::int64_t since_ms) {
    const auto count =
        std::count_if(times.begin(), times.end(), [&](const auto &entry) { return entry.second >= since_ms && entry.first != now_there; });
    return count + (now_there.empty() ? 0 : 1);
}

void forget_before(std::map<std::string, std::int64_t, std::less<>> &times, std::int64_t since_ms) {
    std::erase_if(times, [since_ms](const auto &entry) { return entry.second < since_ms; });
}

} // namespace

RecentAttempts::RecentAttempts(data::Store &store) { load(store); }

void RecentAttempts::load(data::Store &store) {
    std::vector<data::HistoryBook::Row> rows;
    store.read_books(
        [&rows](data::Books &books) { rows = books.history.newest(std::numeric_limits<std::int64_t>::max(), rally::max_remembered_bundles); });
    const std::int64_t now_ms = now_us() / 1000;
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
            if (attempt.estimate && attempt.received_at_ms - place.at_ms <= positions_kept_ms) {
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
    return measures;
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
        if (used.members.size() > rally::max_remembered_members_per_device) {
            used.members.erase(used.members.begin());
        }
        if (account.devices.size() > rally::max_remembered_members_per_device) {
            account.devices.erase(account.devices.begin());
        }
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
        account.places[attempt.device] = {*attempt.estimate, attempt.accuracy_m, attempt.received_at_ms};
        account.center_hits = center_hits(account, attempt);
        account.begins_ms = attempt.begins_ms;
        if (account.places.size() > rally::max_remembered_members_per_device) {
            account.places.erase(account.places.begin());
        }
    }
    if (attempt.is_stamped && !attempt.device.empty()) {
        auto &stamped = m_devices[attempt.device].stamped_members;
        forget_before(stamped, attempt.received_at_ms - minute_ms);
        stamped[attempt.member] = attempt.received_at_ms;
    }
    if (attempt.code_step) {
        ++m_code_uses[{attempt.zone, *attempt.code_step}];
    }
    if (attempt.received_at_ms - m_forgot_at_ms >= minute_ms) {
        forget(attempt.received_at_ms);
    }
}

void RecentAttempts::forget(std::int64_t now_ms) {
    m_forgot_at_ms = now_ms;
    for (auto &[member, account] : m_accounts) {
        std::erase_if(account.places, [now_ms](const auto &entry) { return now_ms - entry.second.at_ms > positions_kept_ms; });
        forget_before(account.devices, now_ms - week_ms);
    }
    std::erase_if(m_accounts, [now_ms](const auto &entry) { return now_ms - entry.second.last_ms > week_ms; });
    for (auto &[name, device] : m_devices) {
        forget_before(device.members, now_ms - week_ms);
        forget_before(device.stamped_members, now_ms - minute_ms);
    }
    std::erase_if(m_devices, [](const auto &entry) { return entry.second.members.empty(); });
    std::erase_if(m_stays, [now_ms](const auto &entry) { return now_ms - entry.second.last_ms > positions_kept_ms; });
    const std::int64_t step_ms = 30'000;
    std::erase_if(m_code_uses, [&](const auto &entry) { return entry.first.second < now_ms / step_ms - codes_kept_steps; });
    // More than a city has: whoever makes up members by the million loses what is remembered of them, not the server its memory.
    if (m_accounts.size() > rally::max_remembered_members) {
        m_accounts.clear();
    }
    if (m_devices.size() > rally::max_remembered_members) {
        m_devices.clear();
    }
    if (m_stays.size() > rally::max_remembered_members) {
        m_stays.clear();
    }
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
}

std::optional<std::int64_t> RecentAttempts::dwell_ms(std::string_view member, std::string_view zone, const std::vector<geo::StayFix> &fixes,
                                                     std::int64_t received_at_ms, const geo::StayRules &rules) {
    const std::lock_guard lock(m_mutex);
    ZoneStay &known = m_stays.try_emplace(std::string(member) + "\n" + std::string(zone), ZoneStay{geo::Stay(rules), received_at_ms}).first->second;
    known.last_ms = received_at_ms;
    for (const geo::StayFix &fix : fixes) {
        known.stay.take(fix);
    }
    // Somebody whose phone has been silent for longer than a stay allows is not known to be there still.
    const bool is_current = known.stay.newest_ms() && received_at_ms - *known.stay.newest_ms() <= rules.longest_gap_ms;
    return known.stay.is_inside() && is_current ? std::optional(known.stay.dwell_ms()) : std::nullopt;
}

} // namespace keyaki::server
