using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

public static class StandardWebhook
{
    /// <param name="id">webhook-id</param>
    /// <param name="time">webhook-timestamp</param>
    /// <param name="signatures">webhook-signature</param>
    /// <param name="secret">begins with whsec_</param>
    public static bool IsGenuine(string? id, string? time, string? signatures, byte[] body, string secret)
    {
        if (!Regex.IsMatch(time ?? "", @"\A[0-9]{1,12}\z")) return false;
        var seconds = long.Parse(time!, CultureInfo.InvariantCulture);
        if (Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 300) return false;

        var key = Convert.FromBase64String(Regex.Replace(secret, @"\Awhsec_", ""));
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        return (signatures ?? "").Split(' ').Any(signature =>
            CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(signature)));
    }
}
