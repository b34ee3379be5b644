#pragma once

#include "data/member_book.hpp"
#include "data/statistics_book.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::data {

class Connection;

/// What decisions rest on beside the position (data/sql/011-decisions.sql). One connection, one thread; functions that change something run inside
/// the transaction that gave the book. Error invalid_input for names that break the rule of identifier.hpp.
class EvidenceBook {
  public:
    explicit EvidenceBook(Connection &connection) noexcept : m_connection(connection) {}

    struct WrongTries {
        std::int64_t tries = 0;
        std::int64_t last_at_us = 0;
    };
    /// Of a member at a spot on a day of Japan ("2026-04-12").
    [[nodiscard]] WrongTries wrong_tries(std::string_view member, std::string_view rally, std::string_view spot, std::string_view day);
    void add_wrong_try(std::string_view member, std::string_view rally, std::string_view spot, std::string_view day, std::int64_t now_us);

    /// Stamps of a day by `what`: "spot/…" or "device/…".
    [[nodiscard]] std::int64_t daily_count(std::string_view rally, std::string_view day, std::string_view what);
    void add_daily_count(std::string_view rally, std::string_view day, std::string_view what);

    struct Standing {
        double score = 0;
        std::int64_t scored_at_us = 0;
    };
    [[nodiscard]] std::optional<Standing> standing(std::string_view member);
    void put_standing(std::string_view member, const Standing &standing);
    void forget_standing(std::string_view member);

    /// The secret that codes and sheets of the rally are made from; nothing before one was put.
    using Secret = std::array<std::uint8_t, 32>;
    [[nodiscard]] std::optional<Secret> rally_secret(std::string_view rally);
    void put_rally_secret(std::string_view rally, const Secret &secret); ///< conflict when it has one: sheets hang in the city

    /// Constants of the decision by their version. Error conflict where the version is there with other constants.
    void put_rule_set(std::string_view version, std::string_view json);
    [[nodiscard]] std::optional<std::string> rule_set(std::string_view version);

    struct Tag {
        std::array<std::uint8_t, 7> uid{};
        std::string rally;
        std::string spot;
        std::array<std::uint8_t, 16> file_key{};
        std::int64_t last_counter = -1;
    };
    [[nodiscard]] std::optional<Tag> tag(const std::array<std::uint8_t, 7> &uid);
    void put_tag(const Tag &tag); ///< another spot or key for a tag that is there; its counter stays
    /// Error conflict where the counter is not above the last.
    void count_tag(const std::array<std::uint8_t, 7> &uid, std::int64_t counter);

  private:
    Connection &m_connection;
};

enum class ReviewKind : std::uint8_t { held, sampled };
enum class ReviewState : std::uint8_t { open, approved, rejected, lapsed };
[[nodiscard]] std::string_view review_kind_name(ReviewKind kind) noexcept;
[[nodiscard]] std::string_view review_state_name(ReviewState state) noexcept;

struct Review {
    std::string check_in;
    std::string member;
    std::string rally;
    ReviewKind kind = ReviewKind::held;
    ReviewState state = ReviewState::open;
    std::int64_t opened_at_us = 0;
    std::int64_t due_at_us = 0; ///< when the points of a held one lapse
    std::optional<std::int64_t> decided_at_us;
    std::string actor;
    std::string note;
};

/// Check-ins that somebody has to look at.
class ReviewBook {
  public:
    explicit ReviewBook(Connection &connection) noexcept : m_connection(connection) {}

    void open(const Review &review);
    [[nodiscard]] std::optional<Review> find(std::string_view check_in);
    /// Open ones, by due time and check-in, after the given place (0 and "" for the beginning), at most `limit`.
    [[nodiscard]] std::vector<Review> list(std::int64_t after_due_us, std::string_view after_check_in, std::size_t limit);
    /// Those that are open and due, by due time, after the given one (from the first for nothing).
    [[nodiscard]] std::vector<Review> due(std::int64_t now_us, const std::optional<Review> &after, std::size_t limit);
    /// Error conflict where it is decided already, not_found where there is none.
    void decide(std::string_view check_in, ReviewState state, std::string_view actor, std::string_view note, std::int64_t now_us);
    /// Held check-ins of the member in the rally that still wait for a review, with a stamp of their own or not (a run may go on by an earlier one).
    [[nodiscard]] std::int64_t open_held(std::string_view member, std::string_view rally);
    void remove_stamp_of(std::string_view check_in);

  private:
    Connection &m_connection;
};

struct CourseRun {
    struct Stamp {
        std::string spot;
        std::int64_t at_us = 0;
    };
    std::string id;
    std::string rally;
    std::string course;
    std::string member;
    std::string period;
    std::int64_t started_at_us = 0;
    std::vector<Stamp> stamps;
    std::optional<double> coverage; ///< of the track that was sent
    std::optional<double> fast_mps; ///< of the same track: how fast most of it was
    std::optional<std::int64_t> finished_at_us;
};

/// Runs of courses, and what was finished.
class RunBook {
  public:
    explicit RunBook(Connection &connection) noexcept : m_connection(connection) {}

    void open(const CourseRun &run);
    [[nodiscard]] std::optional<CourseRun> find(std::string_view id);
    [[nodiscard]] std::vector<CourseRun> of_member(std::string_view member, std::string_view rally); ///< the latest first
    /// Replaces stamps, coverage and finish of a run that is there.
    void update(const CourseRun &run);

    struct Finish {
        std::string what; ///< "rally", "course/<id>", "course/<id>@2026-04"
        std::int64_t finished_at_us = 0;
    };
    /// False where it was finished before.
    [[nodiscard]] bool finish(std::string_view member, std::string_view rally, std::string_view what, std::int64_t now_us);
    [[nodiscard]] std::vector<Finish> finishes(std::string_view member, std::string_view rally);

  private:
    Connection &m_connection;
};

struct CouponGrant {
    std::string code;
    std::string rally;
    std::string member;
    std::string shop;
    std::string title;
    std::string check_in;
    std::int64_t granted_at_us = 0;
    std::int64_t valid_until_us = 0;
    std::optional<std::int64_t> redeemed_at_us;
    std::string redeemed_by;
};

struct DrawTicket {
    std::string member;
    std::string reason;
    std::string ticket;
    std::int64_t given_at_us = 0;
};

struct Draw {
    std::string rally;
    std::int64_t winners_wanted = 1;
    std::array<std::uint8_t, 32> entries_hash{};
    std::string seed_announced;
    std::int64_t closed_at_us = 0;
    std::string seed; ///< empty until it was drawn
    std::optional<std::int64_t> drawn_at_us;
    std::string document_json; ///< what is published
};

struct StepDay {
    std::string source;
    std::int64_t steps = 0;
    std::int64_t paid_points = 0;
    std::int64_t reported_at_us = 0;
};

/// What is won: coupons, tickets, draws, and points for steps.
class PrizeBook {
  public:
    explicit PrizeBook(Connection &connection) noexcept : m_connection(connection) {}

    void grant(const CouponGrant &coupon);
    [[nodiscard]] std::optional<CouponGrant> coupon(std::string_view code);
    [[nodiscard]] std::vector<CouponGrant> coupons_of(std::string_view member);   ///< the latest first
    void redeem(std::string_view code, std::string_view by, std::int64_t now_us); ///< conflict where it was redeemed before

    /// False where the member has the ticket for this reason already.
    [[nodiscard]] bool give_ticket(std::string_view rally, const DrawTicket &ticket);
    [[nodiscard]] std::vector<DrawTicket> tickets(std::string_view rally); ///< by ticket
    [[nodiscard]] std::vector<DrawTicket> tickets_of(std::string_view rally, std::string_view member);

    void close_draw(const Draw &draw); ///< conflict where the rally has one
    [[nodiscard]] std::optional<Draw> draw(std::string_view rally);
    void put_seed(const Draw &draw);

    [[nodiscard]] std::optional<StepDay> steps(std::string_view member, std::string_view rally, std::string_view day);
    void put_steps(std::string_view member, std::string_view rally, std::string_view day, const StepDay &steps);

  private:
    Connection &m_connection;
};

struct OfflineTicket {
    std::string id;
    std::string rally;
    std::string member;
    std::array<std::uint8_t, 32> device_key{}; ///< Ed25519
    std::vector<std::string> spots;
    std::int64_t from_us = 0;
    std::int64_t until_us = 0;
    std::string check_in; ///< that used it; empty before
};

/// Devices that sign their check-ins.
class DeviceBook {
  public:
    explicit DeviceBook(Connection &connection) noexcept : m_connection(connection) {}

    struct Device {
        std::array<std::uint8_t, 32> public_key{};
        std::int64_t last_counter = 0;
    };
    [[nodiscard]] std::optional<Device> find(std::string_view device);
    /// Binds the device to the key where it is new. Error conflict for another key than its own, or a counter that is not above the last.
    void count(std::string_view device, const std::array<std::uint8_t, 32> &public_key, std::int64_t counter);

  private:
    Connection &m_connection;
};

class TicketBook {
  public:
    explicit TicketBook(Connection &connection) noexcept : m_connection(connection) {}

    void issue(const OfflineTicket &ticket);
    [[nodiscard]] std::optional<OfflineTicket> find(std::string_view id);
    [[nodiscard]] std::int64_t issued_today(std::string_view member, std::string_view rally, std::int64_t from_us);
    void use(std::string_view id, std::string_view check_in); ///< conflict where it was used

  private:
    Connection &m_connection;
};

/// A check-in with what its replay needs.
struct KeptCheckIn {
    std::string id;
    std::string member;
    std::string rally;
    std::string spot;
    std::string device;
    std::string verdict;
    std::string rules;
    std::uint64_t layer_revision = 0;
    double score = 0;
    std::string evidence_json; ///< empty once its retention is over
    std::vector<std::uint8_t> inputs_digest;
    std::vector<std::uint8_t> bundle_hashes;
    std::string answer_json;
    std::int64_t received_at_us = 0;
};

class HistoryBook {
  public:
    explicit HistoryBook(Connection &connection) noexcept : m_connection(connection) {}

    [[nodiscard]] std::optional<KeptCheckIn> find(std::string_view id);
    /// Those received in [from_us, to_us) of the rally (of all for ""), in the order in which they were written, after the row `after`; returns the
    /// last row's number with each.
    struct Row {
        std::int64_t number = 0;
        KeptCheckIn check_in;
    };
    [[nodiscard]] std::vector<Row> between(std::int64_t from_us, std::int64_t to_us, std::string_view rally, std::int64_t after, std::size_t limit);
    /// The newest `count`, the newest first: who, where, when and the hashes of the bundle (empty where there was none), without texts.
    [[nodiscard]] std::vector<Row> newest(std::size_t count);
    [[nodiscard]] std::optional<std::string> rally_json(std::string_view rally, std::uint64_t version);

  private:
    Connection &m_connection;
};

/// Everything that a rally writes and reads beside layers, check-ins and the ledger, over one connection.
struct Books {
    explicit Books(Connection &connection) noexcept
        : evidence(connection), reviews(connection), runs(connection), prizes(connection), tickets(connection), devices(connection),
          history(connection), members(connection), statistics(connection) {}

    EvidenceBook evidence;
    ReviewBook reviews;
    RunBook runs;
    PrizeBook prizes;
    TicketBook tickets;
    DeviceBook devices;
    HistoryBook history;
    MemberBook members;
    StatisticsBook statistics;
};

} // namespace keyaki::data
