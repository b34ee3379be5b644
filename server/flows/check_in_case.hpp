#pragma once

#include "data/books.hpp"
#include "data/store.hpp"
#include "server/flows/check_in.hpp"
#include "server/rally/facts.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::server {

/// Everything that is known of an attempt before the books are opened.
struct CheckInCase {
    const CheckInRequest &request;
    SpotSets *spots = nullptr;
    std::shared_ptr<const VersionedRally> versioned;
    std::shared_ptr<const rally::Spot> spot;   ///< never nullptr
    const rally::Course *course = nullptr;     ///< that the request names, of the rally here; nullptr: none
    std::shared_ptr<const CoursePlan> plan;    ///< of that course
    bool is_proof_signed = false;              ///< by the key that it names
    std::optional<data::OfflineTicket> ticket; ///< the one that the request names, where it is of this rally, member, spot and key
    RecentAttempts::Attempt remembered;
    rally::Facts facts; ///< presence and what the phone says; read_books() adds the rest
    std::string id;
    std::string period;
    std::string rules; ///< VERSION+RALLY/N: the constants of the decision and the version of the rally
    std::string inputs_digest;
    std::int64_t now_us = 0;
    http::Language language = http::Language::ja;
    std::int64_t at_us = 0; ///< when the member was there: now, or by an offline ticket when its newest fix that counts was taken

    [[nodiscard]] const rally::Rally &rally() const noexcept { return versioned->rally; }
    /// Another spot of the rally; nullptr where it is not there any more.
    [[nodiscard]] std::shared_ptr<const rally::Spot> last_spot(std::string_view name) const { return spots->find(*versioned, name); }
    [[nodiscard]] bool pays_stay() const noexcept { return rally().coupon && rally().coupon->dwell_s > 0; }
    [[nodiscard]] std::string zone() const { return request.rally + "\n" + request.spot; }
};

/// Throws FieldErrors for a rally, spot or course that is not there.
[[nodiscard]] CheckInCase prepare_case(data::Store &store, SpotSets &spots, const Rallies &rallies, const CheckInRequest &request,
                                       http::Language language, std::int64_t now_us);

/// Completes the facts from the books, but for the ledger's word on the award: stamps, limits, evidence, runs, and what is remembered. In the
/// transaction that writes the verdict. Throws FieldErrors for a spot of a tour that the member has not opened yet, as if it were not there.
struct BooksSay {
    rally::Facts facts;
    std::optional<std::int64_t> code_step;
    bool has_tap = false;               ///< of a tag, that passed
    bool has_proof = false;             ///< of the device, that passed
    std::optional<data::CourseRun> run; ///< that the stamp belongs to
};
[[nodiscard]] BooksSay read_books(data::WriteTransaction &transaction, const CheckInCase &attempt, const RecentAttempts &recent);

/// What the ledger says of the award that is posted at once, or of one point where there is a coupon alone. One that waits has an id of its own, and
/// is not given either where this one was.
[[nodiscard]] rally::AwardFault usual_award_fault(data::WriteTransaction &transaction, const CheckInCase &attempt);

/// The question of the pool that the member is asked at the spot after so many wrong tries of the day: always the same one, until it was answered
/// wrong. nullptr where the pool has none for the spot.
[[nodiscard]] const rally::Question *question_for(const rally::Rally &rally, std::string_view spot, std::string_view member, std::string_view day,
                                                  std::int64_t tries);

/// When the next try may come, after `tries` wrong ones: the rally's wait, doubled for each.
[[nodiscard]] std::int64_t wait_until_us(const rally::Rally &rally, const data::EvidenceBook::WrongTries &tries, const rally::Rules &rules) noexcept;

/// Throws the refusal of a spot that is not there.
[[noreturn]] void refuse_unknown_spot(const rally::Rally &rally, std::string_view spot);

/// Whether the member may see the spot: it is no treasure, or one of its own stamps opened it.
[[nodiscard]] bool is_open_to(const rally::Rally &rally, std::string_view spot, const std::vector<data::Stamp> &stamps);

/// Secret that the codes and sheets of one spot are made from.
[[nodiscard]] std::string spot_secret(const data::EvidenceBook::Secret &secret, std::string_view rally, std::string_view spot);

} // namespace keyaki::server
