using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

public static class HostedHooksSignature
{
    /// <param name="header">HostedHooks-Signature</param>
    /// <param name="body">the request's bytes as they came</param>
    /// <param name="secret">of the endpoint</param>
    public static bool IsGenuine(string? header, byte[] body, string secret)
    {
        var parts = Regex.Match(header ?? "", @"\At=([0-9]{1,12}),s=([0-9a-f]{64})\z");
        if (!parts.Success) return false;
        var time = parts.Groups[1].Value;
        var seconds = long.Parse(time, CultureInfo.InvariantCulture);
        if (Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 300) return false;

        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "."), .. body];
        var expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        return CryptographicOperations.FixedTimeEquals(expected, Convert.FromHexString(parts.Groups[2].Value));
    }
}
