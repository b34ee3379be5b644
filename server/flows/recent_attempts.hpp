#pragma once

#include "geo/stay.hpp"
#include "server/rally/bundle.hpp"
#include "server/rally/facts.hpp"
#include "server/rally/limits.hpp"
#include "server/rally/rules.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyaki::data {
class Store;
}

namespace keyaki::server {

/// What is remembered of attempts in memory alone: positions for half an hour (checkin.md, section 6), who used which device in a week, bundles to
/// know them again, codes of the last minutes, who stamped the same spots in step, and stays in zones. Devices and bundles are read back from the
/// database at a start; positions and stays are not, so after one a stay begins anew and a jump across it is not seen. Bounded; past a bound the
/// oldest go. Any thread.
class RecentAttempts {
  public:
    /// Reads the newest check-ins; who used which device in the week before `now_us` is known again. Of members, devices and stays at most
    /// `most_members` each are remembered for longer than a minute.
    explicit RecentAttempts(data::Store &store);
    RecentAttempts(data::Store &store, std::int64_t now_us, std::size_t most_members = rally::max_remembered_members);

    /// An attempt, as far as it is remembered.
    struct Attempt {
        std::string member;
        std::string device; ///< empty where none was named
        std::string zone;   ///< rally and spot
        std::optional<geo::LonLat> estimate;
        double accuracy_m = 0; ///< the middle one
        bool hits_centre = false;
        std::int64_t received_at_ms = 0;
        std::int64_t at_ms = 0;     ///< when the member was there: for what comes at once the same
        bool is_now = true;         ///< false for what comes later, whose position is not remembered
        std::int64_t begins_ms = 0; ///< of the bundle
        std::vector<std::uint64_t> hashes;
        std::vector<geo::StayFix> stay_fixes;  ///< where the rally pays a stay
        std::optional<std::int64_t> code_step; ///< of the rotating code that was used
        bool is_stamped = false;               ///< filled in before note()
    };

    /// What the past says of an attempt: the members of Measures that need it, the others as they are in `measures`.
    [[nodiscard]] rally::Measures measure(const Attempt &attempt, rally::Measures measures) const;
    /// How long the member has stayed in the zone, this attempt included; nothing while outside. Nothing is remembered: an attempt that turns out to
    /// be a repeated one is none.
    [[nodiscard]] std::optional<std::int64_t> dwell_ms(const Attempt &attempt, const geo::StayRules &rules) const;
    void note(const Attempt &attempt);
    /// Forgets what has been remembered for long enough, in pieces between which others go on. To be called each few seconds.
    void forget_what_is_over(std::int64_t now_ms);
    [[nodiscard]] std::size_t remembered_positions() const;
    /// Of somebody who wants to be erased. Bundles stay known, by hashes that say nothing of whose they were.
    void forget_member(const std::string &member);

  private:
    struct Place {
        geo::LonLat position;
        double accuracy_m = 0;
        std::int64_t at_ms = 0;
    };
    struct Step {
        std::string zone;
        std::int64_t at_ms = 0;
    };
    struct Account {
        std::vector<Step> trail;                                  ///< the spots stamped last, the latest at the end
        std::map<std::string, Place, std::less<>> places;         ///< by device, for half an hour
        std::map<std::string, std::int64_t, std::less<>> devices; ///< when last used, for a week
        std::int64_t center_hits = 0;                             ///< in a row, each bundle once
        std::int64_t begins_ms = 0;                               ///< of the last bundle
        std::int64_t last_ms = 0;
    };
    struct Device {
        std::map<std::string, std::int64_t, std::less<>> members;         ///< when last seen, for a week
        std::map<std::string, std::int64_t, std::less<>> stamped_members; ///< for a minute
        std::int64_t last_ms = 0;
    };
    struct KnownBundle {
        std::uint64_t member_hash = 0;
        std::int64_t begins_ms = 0;
    };
    struct SpotStamp {
        std::string member;
        std::int64_t at_ms = 0;
    };
    struct ZoneStay {
        geo::Stay stay;
        std::int64_t last_ms = 0;
    };

    void load(data::Store &store, std::int64_t now_ms);
    [[nodiscard]] geo::Stay stay_with(const Attempt &attempt, const geo::StayRules &rules) const;
    [[nodiscard]] static std::int64_t center_hits(const Account &account, const Attempt &attempt);
    void note_use(const std::string &member, const std::string &device, std::int64_t now_ms);
    void note_bundle(const Attempt &attempt);
    void note_stamp(const Attempt &attempt);
    [[nodiscard]] std::int64_t crowd_members(const Attempt &attempt) const;
    template <typename Map, typename IsOver>
    void forget_in_pieces(Map &map, const IsOver &is_over);

    const std::size_t m_most_members;
    mutable std::mutex m_mutex; ///< guards what follows
    std::unordered_map<std::string, Account> m_accounts;
    std::unordered_map<std::string, Device> m_devices;
    std::unordered_map<std::uint64_t, KnownBundle> m_bundles;
    std::deque<std::uint64_t> m_bundle_order;
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> m_code_uses; ///< by zone and step
    std::unordered_map<std::string, std::deque<SpotStamp>> m_spot_stamps;     ///< by zone, the latest at the end
    std::unordered_map<std::string, ZoneStay> m_stays;                        ///< by member and zone
};

} // namespace keyaki::server
