#pragma once

namespace keyaki::test {

/// As long as it lives, a name server that does not answer for one name: getaddrinfo() of this process hangs. One at a time.
class HangingResolver {
  public:
    static constexpr const char *name = "hangs.example.jp";

    HangingResolver();
    ~HangingResolver(); ///< answers
    HangingResolver(const HangingResolver &) = delete;
    HangingResolver &operator=(const HangingResolver &) = delete;

    /// False where nobody asks within a minute.
    [[nodiscard]] bool wait_until_asked();
    /// Lets everybody go, with "try again".
    void answer();
};

} // namespace keyaki::test
