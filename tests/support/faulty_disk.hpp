#pragma once

#include <cstdint>
#include <random>

namespace keyaki::test {

/// A disk that fails when it is told to, between SQLite and the real one: SQLite's default VFS of this process, which lets everything through while
/// there is no FaultyDisk. It also keeps what has reached it for good, so that a power failure can be played: what was not synced is gone or there,
/// sector by sector in any order, and what a failed sync should have brought out is gone although every later sync says yes (as Linux does: the pages
/// count as clean). Databases are opened after it and closed before it ends. Nothing is mapped into memory, so that every read passes here. Any
/// thread.
class FaultyDisk {
  public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk &) = delete;
    FaultyDisk &operator=(const FaultyDisk &) = delete;

    enum class Fault : std::uint8_t {
        full,        ///< a write finds no room for its second half
        write_fails, ///< a write ends with an input/output error after its first half
        sync_fails,
        read_fails,
        short_read,      ///< a read gives half of what is there, and zeros
        power_goes,      ///< in the middle of a write, before or after a sync, before a truncation: then nothing changes any more, as after stop()
        power_goes_late, ///< the same at the end of a write, a sync or a truncation: it is done, and nobody is told
    };
    static constexpr int fault_kinds = 5; ///< without the power's two

    /// The `call`-th call from now (1: the next) that the fault can meet fails; `lasting`: and all that follow until heal().
    void fail(Fault fault, std::uint64_t call, bool lasting = false);
    /// No more failures; also after stop().
    void heal();
    /// Whether the failure that was asked for has happened.
    [[nodiscard]] bool has_failed() const;
    /// Writes, syncs and truncations that were asked for since that failure, be they done or not.
    [[nodiscard]] std::uint64_t changes_since_failure() const;

    /// From here on nothing changes any file, as if the process had been killed: what is open can be closed.
    void stop();
    /// To be called when everything is closed after stop(): the files become what a power failure leaves. Of the pages that were written and not
    /// synced each is there or not by chance, and some are torn: of some of their sectors the new bytes are there, of others the old.
    void lose_power(std::mt19937_64 &random);

    struct State; ///< of the one disk there is; for the functions that SQLite calls

  private:
    State &m_state; ///< stays when this goes
};

} // namespace keyaki::test
