#include "server/access/failed_attempts.hpp"

#include "data/sha256.hpp"
#include "server/access/limits.hpp"
#include "server/identifiers.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace keyaki::server::access {

namespace {

constexpr std::int64_t interval_us = limits::attempt_interval.count();
/// What may be owed before an attempt: with it all but the last are spent.
constexpr std::int64_t owed_us_max = (limits::attempts - 1) * interval_us;

/// Microseconds until an attempt may be made by somebody who owes nothing any more at `free_at_us`; 0: now.
std::int64_t wait_us(std::int64_t free_at_us, std::int64_t now_us) { return std::max(std::int64_t{0}, free_at_us - now_us - owed_us_max); }

std::chrono::seconds rounded_up(std::int64_t time_us) { return std::chrono::seconds((time_us + 999'999) / 1'000'000); }

} // namespace

TimeTable::TimeTable(std::size_t room) : m_entries(room) { assert(room >= ways && room % ways == 0); }

std::size_t TimeTable::first_place(const Name &name) const noexcept {
    std::uint64_t spread = 0;
    std::memcpy(&spread, name.data(), sizeof spread);
    return spread % (m_entries.size() / ways) * ways;
}

std::int64_t TimeTable::find(const Name &name) const noexcept {
    const auto begin = m_entries.begin() + static_cast<std::ptrdiff_t>(first_place(name));
    const auto found = std::find_if(begin, begin + ways, [&](const Entry &entry) { return entry.time_us != 0 && entry.name == name; });
    return found == begin + ways ? 0 : found->time_us;
}

void TimeTable::set(const Name &name, std::int64_t time_us) noexcept {
    const auto begin = m_entries.begin() + static_cast<std::ptrdiff_t>(first_place(name));
    auto place = std::find_if(begin, begin + ways, [&](const Entry &entry) { return entry.time_us != 0 && entry.name == name; });
    if (place == begin + ways) {
        place = std::min_element(begin, begin + ways, [](const Entry &a, const Entry &b) { return a.time_us < b.time_us; });
    }
    *place = {name, time_us};
}

FailedAttempts::FailedAttempts()
    : m_secret(make_api_secret()), m_addresses(limits::remembered), m_prefixes(limits::remembered), m_trusted(limits::remembered) {}

TimeTable::Name FailedAttempts::name_of(std::string_view kind, std::string_view text, std::string_view more) const {
    std::string all = m_secret;
    all += kind;
    all += text;
    const data::Hash hash = data::sha256(all, more);
    TimeTable::Name name{};
    std::copy_n(hash.begin(), name.size(), name.begin());
    return name;
}

FailedAttempts::Attempt FailedAttempts::attempt(const Address &client, std::string_view credential, bool is_key) const {
    std::string address(client.begin(), client.end());
    Attempt attempt;
    attempt.credential = name_of("credential", address, credential);
    const bool is_ipv4 = address.compare(0, 12, std::string("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12)) == 0;
    attempt.address = name_of(is_key ? "keys" : "tokens", is_ipv4 ? address : address.substr(0, 8));
    if (is_key) {
        attempt.key_prefix = name_of("prefix", credential.substr(0, limits::key_prefix_bytes));
    }
    return attempt;
}

std::optional<std::chrono::seconds> FailedAttempts::wait(const Attempt &attempt, std::int64_t now_us) const {
    const std::lock_guard lock(m_mutex);
    std::int64_t longest_us = wait_us(m_addresses.find(attempt.address), now_us);
    if (attempt.key_prefix) {
        longest_us = std::max(longest_us, wait_us(m_prefixes.find(*attempt.key_prefix), now_us));
    }
    if (longest_us == 0 || m_trusted.find(attempt.credential) > now_us) {
        return std::nullopt;
    }
    return rounded_up(longest_us);
}

FailedAttempts::Budget FailedAttempts::fail(const Attempt &attempt, std::int64_t now_us) {
    const std::lock_guard lock(m_mutex);
    const auto owe = [now_us](TimeTable &table, const TimeTable::Name &name) {
        // Attempts that were under way together may owe more than the limit; what is past it is not held against anybody.
        const std::int64_t free_at_us = std::min(std::max(table.find(name), now_us) + interval_us, now_us + owed_us_max + interval_us);
        table.set(name, free_at_us);
        return free_at_us;
    };
    std::int64_t free_at_us = owe(m_addresses, attempt.address);
    if (attempt.key_prefix) {
        free_at_us = std::max(free_at_us, owe(m_prefixes, *attempt.key_prefix));
    }
    if (m_trusted.find(attempt.credential) != 0) {
        m_trusted.set(attempt.credential, 1); // long over: it is right no more
    }
    const std::int64_t owed_us = free_at_us - now_us;
    const std::int64_t remaining = (owed_us_max + interval_us - owed_us) / interval_us;
    const std::int64_t next_us = owed_us % interval_us == 0 ? interval_us : owed_us % interval_us;
    return {remaining, rounded_up(next_us), remaining == 0};
}

void FailedAttempts::succeed(const Attempt &attempt, std::int64_t now_us) {
    const std::lock_guard lock(m_mutex);
    m_trusted.set(attempt.credential, now_us + limits::trusted_for.count());
}

} // namespace keyaki::server::access
