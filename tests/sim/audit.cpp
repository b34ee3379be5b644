#include "data/books.hpp"
#include "server/flows/replay.hpp"
#include "server/rally/rally.hpp"
#include "tests/sim/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

// What the books must say after everything that was answered, whatever the network and the machine did.
namespace keyaki::sim {

void World::audit_member(const std::string &member, std::vector<std::string> &wrong) {
    const std::string account = server::rally::member_account(member);
    std::map<std::string, Award> booked;
    for (const data::Transfer &transfer : city.store().transfers(account, 0, 100'000)) {
        if (transfer.request.credit_account == account && !transfer.resolves) {
            booked[transfer.request.id] = {transfer.request.amount, transfer.request.pending};
        }
    }
    const auto &answered = m_awards[member];
    for (const auto &[id, award] : answered) {
        const auto found = booked.find(id);
        if (found == booked.end()) {
            wrong.push_back(fmt::format("{} was told of {} points by {}, and the ledger has none", member, award.points, id));
        } else if (found->second.points != award.points || found->second.is_pending != award.is_pending) {
            wrong.push_back(fmt::format("{} was told of {} points by {}, and the ledger has {}", member, award.points, id, found->second.points));
        }
    }
    std::int64_t points = 0;
    std::int64_t pending = 0;
    for (const auto &[id, award] : booked) {
        (award.is_pending ? pending : points) += award.points;
        if (!answered.contains(id) && !id.starts_with("steps/")) {
            wrong.push_back(fmt::format("{} has {} points by {} that no answer told of", member, award.points, id));
        }
    }
    const auto kept = city.store().find_account(account);
    if ((kept ? kept->available() : 0) != points || (kept ? kept->credits_pending : 0) != pending) {
        wrong.push_back(fmt::format("the account of {} does not hold the sum of its awards, {} and {} pending", member, points, pending));
    }
    m_posted_points += points;
    m_pending_points += pending;
}

/// Each verdict again, from the facts that were written down.
void World::audit_replays(std::vector<std::string> &wrong) {
    std::int64_t after = 0;
    for (;;) {
        std::vector<data::HistoryBook::Row> rows;
        city.store().read_books(
            [&](data::Books &books) { rows = books.history.between(0, std::numeric_limits<std::int64_t>::max(), "", after, 1000); });
        if (rows.empty()) {
            return;
        }
        for (const auto &row : rows) {
            const server::Replay replay = server::replay_check_in(city.store(), row.check_in.id);
            if (!replay.is_same) {
                wrong.push_back(fmt::format("the check-in {} of {} is decided otherwise when it is replayed: {}", row.check_in.id,
                                            row.check_in.member, replay.difference));
            }
            after = row.number;
        }
    }
}

std::vector<std::string> World::audit() {
    std::vector<std::string> wrong = m_wrong;
    const data::LedgerReport report = city.store().verify_ledger();
    wrong.insert(wrong.end(), report.problems.begin(), report.problems.end());
    m_posted_points = m_pending_points = 0;
    std::vector<std::string> members;
    for (const auto &[member, awards] : m_awards) {
        members.push_back(member);
    }
    for (const std::string &member : members) {
        audit_member(member, wrong);
    }
    audit_replays(wrong);
    city.store().read_books([&](data::Books &books) {
        const auto reviews = books.reviews.list(0, "", 1'000'000);
        m_sampled = static_cast<std::size_t>(
            std::count_if(reviews.begin(), reviews.end(), [](const data::Review &review) { return review.kind == data::ReviewKind::sampled; }));
    });
    return wrong;
}

} // namespace keyaki::sim
